import { afterEach, describe, expect, it } from 'vitest';

import { createService } from '../../../functions/control/service.ts';
import { ensureRunning } from '../../../functions/control/start.ts';
import type { ProviderOptions } from '../../support/provider.ts';
import { taskId } from '../../support/records.ts';
import type { Execution } from '../../support/step-functions.ts';
import { createVirtualWorld } from '../../support/virtual-world.ts';

const seconds = 1_000;
const minutes = 60 * seconds;

/** One task on Express, with each of its executions and the moment of each call. */
async function express(provider: ProviderOptions = {}) {
  const executions: Execution[] = [];
  const callsAtMs: number[] = [];
  const world = await createVirtualWorld({
    type: 'EXPRESS',
    provider,
    observe(observed, atMs) {
      if (observed.what === 'end') executions.push(observed.execution);
      if (observed.what === 'call') callsAtMs.push(atMs);
    },
  });
  const { clock, workflow, records } = world;
  const startedMs = clock.now();
  close = world.close;
  return {
    ...world,
    startedMs,
    executions,
    callsAtMs,
    service: createService({ records, workflow, now: clock.now }),
    names: () => executions.map(({ name }) => name),
    /** Until no execution is open. */
    async settle() {
      for (;;) {
        const [open] = workflow.open();
        if (open === undefined) return;
        await open.ended;
      }
    },
    async head() {
      const current = await records.read(taskId('task'));
      if (current.kind !== 'head') throw new Error('no head');
      return current.head;
    },
  };
}

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

const slowDown = (retryAfter: string) => ({
  kind: 'answered' as const,
  httpStatus: 429,
  retryAfter,
  body: JSON.stringify({ code: 429, message: 'slow down' }),
});

describe('an attempt on Express', () => {
  it('goes on over executions of less than five minutes, and counts them all', async () => {
    const world = await express();
    const { clock, provider, service, executions, callsAtMs, startedMs } = world;
    await clock.attend(async () => {
      provider.submit('task', 20 * minutes);
      await service.start({ detect_task_id: taskId('task') });
      await world.settle();
    });

    expect(world.names()).toEqual(['1-task', '1_2-task', '1_3-task', '1_4-task', '1_5-task', '1_6-task']);
    const tookMs = executions.map((one) => (one.endedMs ?? Infinity) - one.startedMs);
    for (const ms of tookMs) expect(ms).toBeLessThan(5 * minutes);
    const head = await world.head();
    expect(head).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      execution_name: '1_6-task',
      execution_arn: executions.at(-1)?.arn,
      polls: callsAtMs.length,
      executions: 6,
      transitions: executions.reduce((sum, { transitions }) => sum + transitions, 0),
      memory_mb: 256,
      lambda_ms: callsAtMs.length * 150 + (Number(callsAtMs[3]) - startedMs - 3 * 150),
    });
    expect(head.workflow_ms).toBe(tookMs.reduce((sum, ms) => sum + ms, 0));
    // No call comes later than the schedule because of a hand-off.
    const gaps = callsAtMs.slice(1).map((atMs, index) => atMs - Number(callsAtMs[index]));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(31 * seconds);
  });

  it('waits without a call through a hold longer than a segment', async () => {
    const calls = { count: 0 };
    const world = await express({ instead: () => (calls.count++ === 0 ? slowDown('900') : undefined) });
    const { clock, provider, service, callsAtMs, startedMs } = world;
    await clock.attend(async () => {
      provider.submit('task', 10 * seconds);
      await service.start({ detect_task_id: taskId('task') });
      await world.settle();
    });
    expect(callsAtMs).toHaveLength(2);
    expect(Number(callsAtMs[1]) - startedMs).toBeGreaterThanOrEqual(900 * seconds);
    expect(Number(callsAtMs[1]) - startedMs).toBeLessThan(900 * 1.25 * seconds + 5 * seconds);
    expect(await world.head()).toMatchObject({ status: 'succeeded', polls: 2 });
    expect(world.names().length).toBeGreaterThanOrEqual(4);
  });

  it('is polled by one of several executions of a name, whichever segment is started again', async () => {
    const world = await express();
    const { clock, provider, service, workflow, callsAtMs } = world;
    await clock.attend(async () => {
      provider.submit('task', 9 * minutes);
      await Promise.all([1, 2, 3].map(() => service.start({ detect_task_id: taskId('task') })));
      await clock.sleep(5 * minutes);
      const { execution_name, due_at } = await world.head();
      expect(execution_name).toBe('1_2-task');
      expect(Date.parse(due_at ?? '')).toBeGreaterThan(clock.now());
      workflow.execute('1_2-task', { detect_task_id: 'task' });
      workflow.execute('1-task', { detect_task_id: 'task' });
      await world.settle();
    });
    const twice = callsAtMs.slice(1).filter((atMs, index) => atMs - Number(callsAtMs[index]) < 500);
    expect(twice).toEqual([]);
    expect(await world.head()).toMatchObject({ status: 'succeeded', polls: callsAtMs.length, executions: 3 });
  });

  it('goes on when the execution that the record expects was never started', async () => {
    const world = await express();
    const { clock, provider, records, service } = world;
    await clock.attend(async () => {
      provider.submit('task', 2 * minutes);
      const { head } = await service.start({ detect_task_id: taskId('task') });
      const begun = await records.bindExecution(head, `${head.execution_arn}:gone`);
      expect(begun).toMatchObject({ execution_arn: `${head.execution_arn}:gone` });
      await clock.sleep(10 * seconds);
      // The lease has not expired: the started execution reads the record and does not poll.
      expect(world.callsAtMs).toEqual([]);
      await clock.sleep(5 * minutes);
      // As the sweep does.
      await ensureRunning(world, await world.head());
      await world.settle();
    });
    expect(await world.head()).toMatchObject({ status: 'succeeded' });
    expect(world.callsAtMs.length).toBeGreaterThan(0);
  });

  it('ends with the next invocation after it is cancelled, because Express executions cannot be stopped', async () => {
    const world = await express();
    const { clock, provider, service, callsAtMs } = world;
    let callsThen = 0;
    await clock.attend(async () => {
      provider.submit('task', 30 * minutes);
      await service.start({ detect_task_id: taskId('task') });
      await clock.sleep(90 * seconds);
      await service.cancel(taskId('task'));
      callsThen = callsAtMs.length;
      await world.settle();
    });
    expect(callsAtMs).toHaveLength(callsThen);
    expect(world.executions.at(-1)).toMatchObject({ status: 'FAILED', error: 'CANCELLED' });
  });
});
