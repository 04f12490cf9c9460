import { beforeEach, describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import type { DetectTaskId } from '../../../functions/detection/input.ts';
import type { Head } from '../../../functions/records/item.ts';
import { currentDelivery } from '../../../functions/records/outbox.ts';
import { answerOf, facesOf, some, written } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';
import { did, minute, sweepsOn } from './sweeps.ts';

const table = await openSuiteTable();

const callback_url = 'https://receiver.example/faces';

describe('the sweep, of records that changed since they were indexed', () => {
  let world: ReturnType<typeof sweepsOn>;
  beforeEach(async () => {
    await table.clear();
    world = sweepsOn(table);
  });

  /** Sweeps these ids, as if the index still held them. */
  const sweepOf = (...ids: DetectTaskId[]) =>
    world.sweepWith({
      records: {
        ...world.records,
        async *dueIds() {
          yield* ids;
        },
      },
    })(Infinity);

  /** Final, with the pages of another invocation that died. */
  async function withOrphans(input: Parameters<typeof world.begun>[0]): Promise<Head> {
    const head = await world.begun(input);
    table.fail('PutItem', 'dead-after', { skip: 1 });
    await expect(world.records.complete(head, answerOf(facesOf(12, 60_000)), some)).rejects.toThrow(
      ProcessDied,
    );
    return written(world.records.complete(head, answerOf(facesOf(1)), some));
  }

  it('skips records that are gone, forgotten or published, without a line', async () => {
    const [gone, forgotten, final] = [await world.begun(), await world.begun(), await world.completed({})];
    await table.drop(gone.detect_task_id);
    await world.records.forget(forgotten.detect_task_id);
    await world.publish(final);
    world.events.length = 0;
    const before = await table.items();
    const ids = [gone, forgotten, final].map(({ detect_task_id }) => detect_task_id);
    expect(did(await sweepOf(...ids))).toEqual({ skipped: 3 });
    expect(await table.items()).toEqual(before);
    expect([world.lines, world.events]).toEqual([[], []]);
  });

  it('logs what it did about which record', async () => {
    const { detect_task_id } = await world.begun();
    world.clock.pass(6 * minute);
    await world.sweep();
    expect(world.lines).toEqual([{ detect_task_id, sweep: 'restarted' }]);
  });

  it('does not postpone a record that has just become final', async () => {
    const head = await world.begun();
    world.clock.pass(6 * minute);
    world.say('running');
    table.before('UpdateItem', () => world.records.complete(head, answerOf([]), some));
    expect(did(await world.sweep())).toEqual({ skipped: 1 });
  });

  it('skips a record that another process has just restarted', async () => {
    await world.begun();
    world.clock.pass(6 * minute);
    const sweep = world.sweepWith({ ensureRunning: async () => 'conflict' });
    expect(did(await sweep(Infinity))).toEqual({ skipped: 1 });
  });

  it('neither measures nor publishes a record that it did not end', async () => {
    const head = await world.begun();
    world.clock.pass(6 * minute);
    world.say('aborted');
    table.before('UpdateItem', () => world.records.complete(head, answerOf([]), some));
    expect(did(await world.sweep())).toEqual({ skipped: 1 });
    expect([world.measured, world.events]).toEqual([[], []]);
  });

  it('ends a record exactly at its deadline, unless an invocation may still write', async () => {
    const { clock, begun, sweep, say } = world;
    say('ended');
    await begun({ deadline_seconds: 605 });
    clock.pass(605_000 - 1);
    expect(did(await sweep())).toEqual({ restarted: 1 });
    clock.pass(1);
    expect(did(await sweep())).toEqual({ lost: 1 });
    say(new Error('throttled'));
    await begun({ deadline_seconds: 60 });
    clock.pass(minute + 5_000 - 1);
    expect(did(await sweep())).toEqual({ failed: 1 });
    clock.pass(1);
    expect(did(await sweep())).toEqual({ lost: 1 });
  });

  it('counts a record that it ended even if its event is not taken', async () => {
    const { detect_task_id } = await world.begun();
    world.clock.pass(6 * minute);
    world.say('aborted');
    const down = Object.assign(new Error('with a secret in it'), { name: 'InternalFailure' });
    const sweep = world.sweepWith({ publish: () => Promise.reject(down) });
    expect(did(await sweep(Infinity))).toEqual({ cancelled: 1 });
    expect(world.lines).toEqual([
      { detect_task_id, sweep: 'failed', error: 'InternalFailure' },
      { detect_task_id, sweep: 'cancelled' },
    ]);
  });

  it('continues after a record that it cannot read', async () => {
    await world.begun();
    await world.begun();
    world.clock.pass(6 * minute);
    table.fail('GetItem', 'dead-before', { skip: 1 });
    expect(did(await world.sweep())).toEqual({ failed: 1, restarted: 1 });
  });

  it('deletes orphaned pages five minutes after the end, and publishes nothing twice', async () => {
    const head = await withOrphans({});
    world.clock.pass(5 * minute - 1);
    expect(did(await sweepOf(head.detect_task_id))).toEqual({ skipped: 1 });
    world.clock.pass(1);
    table.before('UpdateItem', () => world.records.clearDue(head), { skip: 1 });
    expect(did(await world.sweep())).toEqual({ skipped: 1 });
    expect(await table.stored(head.detect_task_id)).toHaveProperty('size', 1);
    expect(world.events).toEqual([]);
  });

  it('starts no delivery of a delivered record after it deleted pages', async () => {
    for (const isRival of [false, true]) {
      const head = await withOrphans({ callback_url });
      await world.publish(head);
      const told = await world.headOf(head.detect_task_id);
      const delivery = currentDelivery(told);
      if (delivery === undefined) throw new Error('publishing begins it');
      await world.records.recordDelivery(told, { ...delivery, state: 'delivered' }, undefined);
      world.clock.pass(6 * minute);
      table.reset();
      const again = async () => world.records.redeliver(await world.headOf(head.detect_task_id));
      if (isRival) table.before('UpdateItem', again, { skip: 2 });
      expect(did(await world.sweep())).toEqual(isRival ? { skipped: 1 } : { cleaned: 1 });
      expect(world.started).toEqual([]);
      expect((await world.headOf(head.detect_task_id)).due_at !== undefined).toBe(isRival);
      expect(await world.headOf(head.detect_task_id)).not.toHaveProperty('page_refs');
    }
  });

  it('publishes no record that was retried meanwhile', async () => {
    const { detect_task_id } = await world.begun();
    await world.records.cancel(detect_task_id, detectionError('CANCELLED'));
    const sweep = world.sweepWith({ publish: async () => 'conflict' });
    expect(did(await sweep(Infinity))).toEqual({ skipped: 1 });
  });

  it('does not measure an end that another function has measured', async () => {
    await world.completed({});
    world.clock.pass(6 * minute);
    expect(did(await world.sweep())).toEqual({ published: 1 });
    expect(world.measured).toEqual([]);
  });
});
