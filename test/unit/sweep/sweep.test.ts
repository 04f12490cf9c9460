import { beforeEach, describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { answerOf, facesOf, ownerNamed, some, testDefaults } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';
import { did, minute, sweepsOn } from './sweeps.ts';

const table = await openSuiteTable();

describe('the sweep', () => {
  let world: ReturnType<typeof sweepsOn>;
  beforeEach(async () => {
    await table.clear();
    world = sweepsOn(table);
  });

  it('makes two queries where nothing is due, and reads no record', async () => {
    const { begun, clock, sweep } = world;
    await begun();
    clock.pass(5 * minute - 1);
    // The number of shards is read once.
    await sweep();
    table.reset();
    expect(did(await sweep())).toEqual({});
    expect(table.calls()).toEqual({ Query: 2 });
  });

  it('postpones a record whose execution runs, and changes nothing that readers see', async () => {
    const { begun, clock, sweep, say, headOf } = world;
    const head = await begun();
    clock.pass(6 * minute);
    say('running');
    expect(did(await sweep())).toEqual({ postponed: 1 });
    const due_at = new Date(clock.now() + 5 * minute).toISOString();
    expect(await headOf(head.detect_task_id)).toEqual({ ...head, due_at });
    expect(did(await sweep())).toEqual({});
  });

  it('ends a record as cancelled if its execution was stopped', async () => {
    const { begun, clock, sweep, say, headOf, measured } = world;
    const { detect_task_id } = await begun();
    clock.pass(6 * minute);
    say('aborted');
    expect(did(await sweep())).toEqual({ cancelled: 1 });
    expect(measured).toEqual([
      ['ageAtFinal', 360, 'abandoned'],
      ['abandoned', 1, 'CANCELLED'],
    ]);
    const ended = await headOf(detect_task_id);
    expect(ended).toMatchObject({ status: 'abandoned', error: detectionError('CANCELLED') });
    expect(ended).not.toHaveProperty('due_at');
    expect(did(await sweep())).toEqual({});
  });

  it('starts an execution that a crash kept from starting, under the same name', async () => {
    const { begun, clock, sweep, running, headOf } = world;
    const head = await begun();
    clock.pass(6 * minute);
    expect(did(await sweep())).toEqual({ restarted: 1 });
    expect(running()).toEqual([head.execution_name]);
    expect(await headOf(head.detect_task_id)).toMatchObject({ attempt: 1 });
    // Until its first invocation the lease stays expired, and the execution is known to run.
    expect(did(await sweep())).toEqual({ postponed: 1 });
  });

  it('starts the next attempt after a failed or timed-out execution, with the same deadline', async () => {
    const { begun, clock, sweep, running, close, headOf } = world;
    const head = await begun();
    close(head.execution_name);
    clock.pass(6 * minute);
    expect(did(await sweep())).toEqual({ restarted: 1 });
    expect(running()).toEqual([`2-${head.detect_task_id}`]);
    expect(await headOf(head.detect_task_id)).toMatchObject({
      status: 'starting',
      attempt: 2,
      execution_name: `2-${head.detect_task_id}`,
      deadline_at: head.deadline_at,
      due_at: new Date(clock.now() + 5 * minute).toISOString(),
    });
  });

  it.each(['ended', 'unknown', 'running'] as const)(
    'ends a record without an answer at its deadline as lost, if its execution is %s',
    async (status) => {
      const { begun, clock, sweep, say, headOf, running } = world;
      const { detect_task_id, deadline_at } = await begun({ deadline_seconds: 60 });
      clock.pass(minute + 5_000);
      say(status);
      expect(did(await sweep())).toEqual({ lost: 1 });
      expect(await headOf(detect_task_id)).toMatchObject({
        status: 'abandoned',
        error: detectionError('EXECUTION_LOST'),
        deadline_at,
        final_at: new Date(clock.now()).toISOString(),
      });
      expect(running()).toEqual([]);
    },
  );

  it('lets the last invocation write an answer of the last second', async () => {
    const { begun, clock, sweep, say, records } = world;
    const head = await begun({ deadline_seconds: 60 });
    clock.pass(minute + 4_999);
    say('running');
    await sweep();
    expect(await records.complete(head, answerOf(facesOf(1)), some)).toMatchObject({ status: 'succeeded' });
  });

  it('ends a record past its deadline even if its execution cannot be described', async () => {
    const { begun, clock, sweep, say, headOf } = world;
    const { detect_task_id } = await begun();
    say(new Error('throttled'));
    clock.pass(6 * minute);
    expect(did(await sweep())).toEqual({ failed: 1 });
    expect(await headOf(detect_task_id)).toMatchObject({ status: 'starting' });
    clock.pass(55 * minute);
    expect(did(await sweep())).toEqual({ lost: 1 });
  });

  it('finishes a deletion that a crash cut short', async () => {
    const { begun, clock, sweep, records } = world;
    const head = await begun();
    const { detect_task_id } = head;
    await records.complete(head, answerOf(facesOf(6, 60_000)), some);
    table.fail('DeleteItem', 'dead-before', { skip: 1 });
    await expect(records.forget(detect_task_id)).rejects.toThrow(ProcessDied);
    expect((await table.stored(detect_task_id)).size).toBeGreaterThan(1);
    clock.pass(6 * minute);
    expect(did(await sweep())).toEqual({ cleaned: 1 });
    const [[, tombstone] = []] = await table.stored(detect_task_id);
    expect((await table.stored(detect_task_id)).size).toBe(1);
    expect(Object.keys(tombstone ?? {}).toSorted()).toEqual(['attempt', 'expires_at', 'forgotten_at']);
    expect(did(await sweep())).toEqual({});
  });

  it('deletes the pages of a dead invocation once the record is final and no invocation can be alive', async () => {
    const { begun, clock, sweep, records } = world;
    const head = await begun();
    const { detect_task_id } = head;
    table.fail('PutItem', 'dead-after', { skip: 1 });
    await expect(records.complete(head, answerOf(facesOf(12, 60_000)), some)).rejects.toThrow(ProcessDied);
    clock.pass(4 * minute);
    await records.complete(head, answerOf(facesOf(8, 60_000)), some);
    const before = await table.stored(detect_task_id);
    clock.pass(4.5 * minute);
    expect(did(await sweep())).toEqual({ skipped: 1 });
    clock.pass(minute);
    expect(did(await sweep())).toEqual({ published: 1 });
    const after = await table.stored(detect_task_id);
    expect(before.size - after.size).toBe(2);
    expect(after.get(detect_task_id)).not.toHaveProperty('due_at');
    expect(after.get(detect_task_id)).not.toHaveProperty('page_refs');
    expect((await records.get(detect_task_id))?.faces).toEqual(facesOf(8, 60_000));
    expect(did(await sweep())).toEqual({});
  });

  it.each([
    ['completed', 'succeeded', 1],
    ['reported progress', 'processing', 1],
    ['took over', 'starting', 1],
  ] as const)(
    'loses to an execution that %s after the sweep read the record',
    async (_what, status, attempt) => {
      const { begun, clock, sweep, say, records, headOf } = world;
      const head = await begun();
      clock.pass(6 * minute);
      say('aborted');
      const { detect_task_id: id } = head;
      table.before('UpdateItem', async () => {
        if (status === 'succeeded') await records.complete(head, answerOf(facesOf(1)), some);
        else if (status === 'starting') await records.takeOverExpiredLease(head, ownerNamed('rival'));
        else await records.progress(head, { status, nextPollMs: clock.now(), ...some });
      });
      await sweep();
      expect(await headOf(id)).toMatchObject({ status, attempt });
    },
  );

  it('describes at most ten executions a second', async () => {
    const { begun, clock, sweep, say, described } = world;
    await Promise.all(Array.from({ length: 25 }, () => begun()));
    clock.pass(6 * minute);
    say('running');
    expect(did(await sweep())).toEqual({ postponed: 25 });
    const gaps = described.slice(1).map(({ atMs }, index) => atMs - (described[index]?.atMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
  });

  it('continues in the next sweeps what it had no time for', async () => {
    const { begun, clock, sweep, say } = world;
    await Promise.all(Array.from({ length: 250 }, () => begun()));
    clock.pass(6 * minute);
    say('aborted');
    const first = await sweep(clock.now() + 10_000);
    expect(first.cancelled).toBe(101);
    const second = await sweep(clock.now() + 45_000);
    expect(second.cancelled).toBe(149);
    expect(did(await sweep())).toEqual({});
  });

  it('continues after a record that fails, which stays due', async () => {
    const { begun, clock, sweep, say, lines } = world;
    await Promise.all(Array.from({ length: 3 }, () => begun()));
    clock.pass(6 * minute);
    say('aborted');
    table.fail('UpdateItem', 'dead-before');
    expect(did(await sweep())).toEqual({ failed: 1, cancelled: 2 });
    expect(lines).toContainEqual(expect.objectContaining({ sweep: 'failed', error: 'ProcessDied' }));
    expect(did(await sweep())).toEqual({ cancelled: 1 });
  });

  it('stops after ten failures in a row', async () => {
    const { begun, clock, sweep, say, described } = world;
    await Promise.all(Array.from({ length: 15 }, () => begun()));
    clock.pass(6 * minute);
    say(new Error('no such permission'));
    await expect(sweep()).rejects.toThrow('no such permission');
    expect(described).toHaveLength(10);
  });

  it('tries failed records after all others in the next sweeps', async () => {
    const { begun, clock, sweepWith, headOf } = world;
    const poisoned: string[] = [];
    for (let count = 0; count < 12; count++) poisoned.push((await begun()).execution_arn);
    clock.pass(1_000);
    const { detect_task_id: healthy, due_at } = await begun();
    clock.pass(6 * minute);
    const sweep = sweepWith({
      workflow: {
        async status(arn) {
          if (poisoned.includes(arn)) throw new Error('poisoned');
          return 'running';
        },
      },
    });
    await expect(sweep(Infinity)).rejects.toThrow('poisoned');
    expect(await headOf(healthy)).toMatchObject({ due_at });
    await expect(sweep(Infinity)).rejects.toThrow('poisoned');
    expect(await headOf(healthy)).not.toMatchObject({ due_at });
  });

  it('sweeps every shard, beginning with another one each minute', async () => {
    const { begun, clock, sweep, say, described } = sweepsOn(table, { ...testDefaults, shards: 3 });
    const heads = await Promise.all(Array.from({ length: 12 }, () => begun()));
    clock.pass(6 * minute);
    say('running');
    const shardOf = (arn: string) => heads.find((head) => head.execution_arn === arn)?.due_shard;
    const orders: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      described.length = 0;
      await sweep();
      orders.push(shardOf(described[0]?.arn ?? ''));
      expect(described).toHaveLength(12);
      clock.pass(7 * minute);
    }
    expect(new Set(orders).size).toBe(3);
  });

  it('restarts at once what is known to be lost, and skips what is not due', async () => {
    const { begun, sweepWith, running, clock } = world;
    const [dead, alive] = [await begun(), await begun()];
    const sweep = sweepWith({
      lookAheadMs: 60 * minute,
      workflow: { isLost: async (arn) => arn === dead.execution_arn, status: async () => 'running' },
    });
    clock.pass(1_000);
    expect(did(await sweep(Infinity))).toEqual({ restarted: 1, skipped: 1 });
    expect(running()).toEqual([dead.execution_name]);
    expect(alive.execution_name).not.toBe(dead.execution_name);
  });
});
