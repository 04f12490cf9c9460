/** What a clock ahead made due in weeks or a year is found by the first sweep of a right one. */
import { beforeEach, describe, expect, it } from 'vitest';

import { newHead } from '../../../functions/records/head.ts';
import { newDelivery } from '../../../functions/records/outbox.ts';
import {
  answerOf,
  facesOf,
  newId,
  ownerNamed,
  recordsOf,
  some,
  testDefaults,
  written,
} from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';
import { did, minute, sweepsOn } from './sweeps.ts';

const table = await openSuiteTable();
const day = 24 * 60 * minute;
const callback_url = 'https://receiver.example/faces';

describe.each([3, 20, 365])('a clock that is %d days ahead', (days) => {
  let world: ReturnType<typeof sweepsOn>;
  /** The same table by the wrong clock. */
  let wrong: ReturnType<typeof recordsOf>;
  const defaults = { ...testDefaults, retentionSeconds: 400 * 86_400, archives: true };
  beforeEach(async () => {
    await table.clear();
    world = sweepsOn(table, defaults);
    const { clock } = world;
    wrong = recordsOf(table, { now: () => clock.now() + days * day }, defaults);
  });

  it('claims an attempt at a webhook and dies: it is made again', async () => {
    const head = await written(world.publish(await world.completed({ callback_url })));
    const untilMs = world.clock.now() + days * day + minute;
    const claim = { ...newDelivery(head, untilMs), attempts: 1 };
    await written(wrong.records.recordDelivery(head, claim, untilMs));
    expect(did(await world.sweep())).toEqual({ delivering: 1 });
    expect(world.started).toEqual([head.detect_task_id]);
    // Not again at once, and again where it never began.
    expect(did(await world.sweep())).toEqual({});
    world.clock.pass(5 * minute);
    expect(did(await world.sweep())).toEqual({ delivering: 1 });
  });

  it('publishes a record: its webhook begins', async () => {
    const settled = await world.completed({ callback_url });
    await written(wrong.publish(settled));
    expect(did(await world.sweep())).toEqual({ delivering: 1 });
    expect(world.started).toEqual([settled.detect_task_id]);
  });

  it('begins a record whose execution never ran: it is started', async () => {
    const id = newId();
    const fresh = newHead(
      { detect_task_id: id },
      ownerNamed(`1-${id}`),
      defaults,
      world.clock.now() + days * day,
    );
    await wrong.records.create(fresh, { mayReplaceTombstone: true });
    expect(did(await world.sweep())).toEqual({ restarted: 1 });
    expect(world.running()).toEqual([`1-${id}`]);
  });

  it('leaves pages without an answer behind: they are deleted', async () => {
    const head = await world.begun();
    table.fail('UpdateItem', 'dead-before', { skip: 1 });
    await expect(wrong.records.complete(head, answerOf(facesOf(6, 60_000)), some)).rejects.toThrow(
      ProcessDied,
    );
    table.reset();
    await written(wrong.records.complete(head, answerOf([]), some));
    world.clock.pass(6 * minute);
    await world.sweep();
    expect([...(await table.stored(head.detect_task_id)).keys()]).toEqual([head.detect_task_id]);
  });

  it('forgets: what was written behind the tombstone is deleted', async () => {
    const { detect_task_id: id } = await world.begun();
    const { records } = recordsOf(
      table,
      { now: () => world.clock.now() + days * day },
      defaults,
      async () => {},
    );
    await records.forget(id);
    expect(did(await world.sweep())).toEqual({ cleaned: 1 });
    expect((await table.stored(id)).get(id)).not.toHaveProperty('due_at');
  });
});

it('a webhook that is due in a day, and pictures that expire in a month, are left alone', async () => {
  await table.clear();
  const world = sweepsOn(table, { ...testDefaults, archives: true });
  const { records, clock } = world;
  const waiting = await written(world.publish(await world.completed({ callback_url })));
  const dueMs = clock.now() + 29 * 60 * minute;
  const kept = await written(records.recordDelivery(waiting, newDelivery(waiting, dueMs), dueMs));
  const archive = { state: 'complete', faces: 2, bytes: 9, at: new Date(clock.now()).toISOString() } as const;
  await written(records.recordArchive(kept, archive, 'finished'));
  await written(world.publish(await world.completed()));
  expect(did(await world.sweep())).toEqual({});
});
