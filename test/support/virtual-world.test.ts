import { describe, expect, it } from 'vitest';

import { taskId } from './records.ts';
import { createVirtualClock } from './virtual-clock.ts';
import { createVirtualWorld, type VirtualWorldOptions } from './virtual-world.ts';

// The promise of an execution's end is nothing to compare.
const shown = (key: string, value: unknown): unknown => (key === 'ended' ? undefined : value);

async function traceOf(options: VirtualWorldOptions): Promise<string[]> {
  const trace: string[] = [];
  const observe: VirtualWorldOptions['observe'] = (observed, atMs) =>
    trace.push(`${atMs} ${JSON.stringify(observed, shown)}`);
  const world = await createVirtualWorld({ observe, ...options });
  const { clock, random, provider, workflow } = world;
  const task = async (id: string): Promise<void> => {
    await clock.sleep(random() * 60_000);
    provider.submit(id, random() * 100_000);
    const { ended } = workflow.execute(`1-${id}`, { detect_task_id: id });
    await ended;
    expect(await world.records.read(taskId(id))).toMatchObject({ head: { status: 'succeeded' } });
  };
  await clock.attend(() => Promise.all(Array.from({ length: 25 }, (_, index) => task(`task-${index}`))));
  await world.close();
  return trace;
}

describe('the virtual clock', () => {
  it('wakes sleepers one by one in the order of their times', async () => {
    const clock = createVirtualClock(0);
    const woken: string[] = [];
    const sleeper = async (name: string, ...naps: number[]): Promise<void> => {
      for (const ms of naps) {
        await clock.sleep(ms);
        woken.push(`${name} ${clock.now()}`);
      }
    };
    await clock.attend(() => Promise.all([sleeper('a', 5, 5), sleeper('b', 10), sleeper('c', 3, 20)]));
    expect(woken).toEqual(['c 3', 'a 5', 'b 10', 'a 10', 'c 23']);
  });

  it('stands still while something is held, and passes over timers that were cleared', async () => {
    const clock = createVirtualClock(0);
    await clock.attend(async () => {
      let isAwake = false;
      const sleeping = clock.sleep(1).then(() => {
        isAwake = true;
      });
      clock.clearTimeout(clock.setTimeout(() => expect.unreachable(), 0));
      await clock.hold(new Promise((resolve) => setTimeout(resolve, 5)));
      expect(isAwake).toBe(false);
      await sleeping;
    });
    expect(clock.now()).toBe(1);
  });

  it('fails where all work waits for ever', async () => {
    const clock = createVirtualClock();
    await expect(clock.attend(() => new Promise(() => {}))).rejects.toThrow('all work waits');
  });
});

describe('the virtual world', () => {
  it('runs again exactly as it ran, by its seed', async () => {
    const [one, same, other] = [
      await traceOf({ seed: 1 }),
      await traceOf({ seed: 1 }),
      await traceOf({ seed: 2 }),
    ];
    expect(one.length).toBeGreaterThan(500);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it("lets the definition's own retries and their jitter pass in virtual time", async () => {
    const attempts: number[] = [];
    let failures = 3;
    const world = await createVirtualWorld({
      provider: {
        instead(_id, atMs) {
          attempts.push(atMs);
          if (failures-- > 0) throw new Error('a fault of our own');
          return undefined;
        },
      },
    });
    world.provider.submit('task', 0);
    const execution = world.workflow.execute('1-task', { detect_task_id: 'task' });
    await world.clock.attend(() => execution.ended);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', transitions: 6 });
    expect(attempts).toHaveLength(4);
    expect((attempts.at(-1) ?? 0) - (attempts[0] ?? 0)).toBeGreaterThan(1_000);
    await world.close();
  });

  it('keeps the names of Standard executions and forgets those of Express', async () => {
    const standard = await createVirtualWorld({ type: 'STANDARD' });
    const express = await createVirtualWorld({ type: 'EXPRESS' });
    for (const { clock, provider, workflow } of [standard, express]) {
      provider.submit('task', 0);
      await clock.attend(async () => {
        await workflow.start('1-task', taskId('task'));
        await clock.sleep(10_000);
      });
    }
    expect(await standard.workflow.start('1-task', taskId('task'))).toBe('closed');
    expect(await standard.workflow.status(standard.workflow.executionArn('1-task'))).toBe('ended');
    expect(await express.workflow.start('1-task', taskId('task'))).toBe('running');
    await express.clock.attend(() => express.clock.sleep(10_000));
    expect(await express.workflow.status(express.workflow.executionArn('1-task'))).toBe('unknown');
    await standard.close();
    await express.close();
  });
});
