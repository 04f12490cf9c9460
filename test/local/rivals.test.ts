import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { newHead } from '../../functions/records/head.ts';
import { taskId } from '../support/records.ts';
import { createWorld, type World } from '../support/world.ts';

const processing = { step: 'pending', status: 'processing' } as const;

describe('several executions of one task', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it('polls no more under five names than under one, and all answer the same', async () => {
    const ms = 10 * 60_000;
    world.simulator.submit(
      [
        { step: 'after', ms },
        { step: 'succeeded', faces: 2 },
      ],
      'shared',
    );
    const endings = await Promise.all(
      ['one', 'two', 'three', 'four', 'five'].map((name) =>
        world.execute(name, { detect_task_id: 'shared' }),
      ),
    );
    expect(world.simulator.requestsFor('shared').length).toBeLessThanOrEqual(await pollsAlone(ms));
    for (const ending of endings) expect(ending).toEqual(endings[0]);
    expect(endings[0]).toMatchObject({ status: 'SUCCEEDED', output: { status: 'succeeded', face_count: 2 } });
  });

  it('answers a later execution from the record, without a call', async () => {
    world.simulator.submit([{ step: 'code', code: 505 }], 'over');
    const first = await world.execute('first', { detect_task_id: 'over' });
    const second = await world.execute('second', { detect_task_id: 'over' });
    expect(second).toEqual(first);
    expect(second).toMatchObject({ status: 'FAILED', error: 'FEATURE_DISABLED' });
    expect(world.simulator.requestsFor('over')).toHaveLength(1);
  });

  it('takes an expired lease over, within the deadline', async () => {
    world.simulator.submit([processing, { step: 'succeeded', faces: 1 }], 'orphan');
    const head = await world.client
      .start({ detect_task_id: 'orphan' })
      .then(() => world.records.read(taskId('orphan')));
    expect(head.kind).toBe('head');
    // The execution that owns the record is stopped without a word.
    await world.workflow.stop(world.workflow.executionArn('1-orphan'));
    const ending = await world.execute('rescuer', { detect_task_id: 'orphan' });
    expect(ending).toMatchObject({ status: 'SUCCEEDED' });
    const detection = await world.client.get('orphan');
    expect(Date.parse(detection?.final_at ?? '')).toBeLessThanOrEqual(
      Date.parse(detection?.deadline_at ?? ''),
    );
  });

  it('takes over from a dead process at once, in the same attempt', async () => {
    world.simulator.submit(
      [
        { step: 'after', ms: 600_000 },
        { step: 'succeeded', faces: 1 },
      ],
      'left-by-dead',
    );
    const { defaults } = world.records;
    const owner = {
      attempt: 1,
      execution_name: '1-left-by-dead',
      execution_arn: 'arn:aws:states:local:000000000000:execution:c4242feedface:1-left-by-dead',
    };
    await world.records.create(
      newHead({ detect_task_id: taskId('left-by-dead') }, owner, defaults, world.clock.now()),
      {
        mayReplaceTombstone: false,
      },
    );
    world.kill('c4242feedface');
    const startedMs = world.clock.now();
    await world.client.start({ detect_task_id: 'left-by-dead' });
    await world.workflow.ended('left-by-dead');
    const detection = await world.client.get('left-by-dead');
    expect(detection).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(detection?.execution_name).toMatch(/^1-left-by-dead-c/);
    expect(Date.parse(detection?.final_at ?? '') - startedMs).toBeLessThan(660_000);
  });

  it('takes over while it waits, when the process that polls dies', async () => {
    world.simulator.submit([{ step: 'succeeded', faces: 1 }], 'widowed');
    const owner = {
      attempt: 1,
      execution_name: '1-widowed',
      execution_arn: 'arn:aws:states:local:000000000000:execution:c4242feedface:1-widowed',
    };
    const head = newHead(
      { detect_task_id: taskId('widowed') },
      owner,
      world.records.defaults,
      world.clock.now(),
    );
    await world.records.create(head, { mayReplaceTombstone: false });
    const waiting = world.client.wait('widowed');
    expect(world.simulator.requestsFor('widowed')).toHaveLength(0);
    world.kill('c4242feedface');
    expect(await waiting).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('does not start a task that a living process polls', async () => {
    const owner = {
      attempt: 1,
      execution_name: '1-elsewhere',
      execution_arn: 'arn:aws:states:local:000000000000:execution:c4242feedface:1-elsewhere',
    };
    const head = newHead(
      { detect_task_id: taskId('elsewhere') },
      owner,
      world.records.defaults,
      world.clock.now(),
    );
    await world.records.create(head, { mayReplaceTombstone: false });
    const detection = await world.client.start({ detect_task_id: 'elsewhere' });
    expect(detection).toMatchObject({ status: 'starting', execution_name: '1-elsewhere' });
    expect(world.workflow.ended('elsewhere')).toBeUndefined();
    expect(world.simulator.requestsFor('elsewhere')).toHaveLength(0);
  });

  it('ends without a poll when the task is cancelled or forgotten meanwhile', async () => {
    for (const act of ['cancel', 'forget'] as const) {
      world.simulator.submit([processing], act);
      const execution = world.execute(act, { detect_task_id: act });
      while (world.simulator.requestsFor(act).length < 12)
        await new Promise((resolve) => setTimeout(resolve, 1));
      await world.client[act](act);
      const callsThen = world.simulator.requestsFor(act).length;
      expect(await execution).toMatchObject({ status: 'FAILED', error: 'CANCELLED' });
      // What was under way looks at the record again within half a minute.
      expect(world.simulator.requestsFor(act).length).toBeLessThanOrEqual(callsThen + 20);
    }
    expect(await world.client.get('cancel')).toMatchObject({
      status: 'abandoned',
      error: { code: 'CANCELLED' },
    });
    expect(await world.client.get('forget')).toBeUndefined();
  });

  it('refuses a first invocation where the detection was forgotten', async () => {
    world.simulator.submit([{ step: 'succeeded', faces: 1 }], 'gone');
    await world.execute('first', { detect_task_id: 'gone' });
    await world.client.forget('gone');
    const ending = await world.execute('late', { detect_task_id: 'gone' });
    expect(ending).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(world.simulator.requestsFor('gone')).toHaveLength(1);
  });
});

/** How many polls one execution alone would make. */
async function pollsAlone(ms: number): Promise<number> {
  const alone = await createWorld();
  alone.simulator.submit(
    [
      { step: 'after', ms },
      { step: 'succeeded', faces: 2 },
    ],
    'alone',
  );
  await alone.execute('alone', { detect_task_id: 'alone' });
  await alone.close();
  return alone.simulator.requestsFor('alone').length;
}
