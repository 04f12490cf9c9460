/** The pictures of a record that expires: the sweep deletes them shortly before, while the record still names them. */
import { beforeEach, describe, expect, it } from 'vitest';

import { assembleSweep } from '../../../functions/sweep/assemble.ts';
import { createEngine } from '../../support/engine.ts';
import { testDefaults } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';
import { archivesOn } from './archives.ts';

const table = await openSuiteTable();
const day = 86_400_000;
const hour = 3_600_000;
const minute = 60_000;
const callback_url = 'https://hooks.example/';

function swept(retentionSeconds = testDefaults.retentionSeconds) {
  const on = archivesOn(table, { retentionSeconds });
  const telemetry = { log: () => {}, measure: () => {} };
  const { workflow } = createEngine();
  const sweep = assembleSweep({ ...on, workflow, put: on.outside.put, telemetry });
  /** How many records it did something about. */
  async function done(): Promise<object> {
    return Object.fromEntries(Object.entries(await sweep(Infinity)).filter(([, count]) => count > 0));
  }
  async function undone(): Promise<string[]> {
    const ids: string[] = [];
    for await (const id of on.records.undoneIds()) ids.push(id);
    return ids;
  }
  return { ...on, sweep: done, undone };
}

describe('pictures', () => {
  beforeEach(async () => {
    await table.clear();
  });

  it('are deleted an hour before their record expires, and those of others stay', async () => {
    const on = swept();
    const head = await on.settled(3);
    await on.archive(head.detect_task_id);
    on.clock.pass(day);
    const later = await on.settled(1);
    await on.archive(later.detect_task_id);
    expect(on.keys()).toHaveLength(6);
    on.clock.pass(testDefaults.retentionSeconds * 1_000 - day - hour - 1_000);
    expect(await on.sweep()).toEqual({});
    on.clock.pass(1_000);
    expect(await on.sweep()).toEqual({ archiving: 1 });
    expect(on.keys().filter((key) => key.startsWith(`faces/${head.detect_task_id}/`))).toEqual([]);
    expect(on.keys()).toHaveLength(2);
    expect(await on.headOf(head.detect_task_id)).not.toHaveProperty('due_at');
    expect(await on.sweep()).toEqual({});
  });

  it('are no work that a stack must finish before it is gone', async () => {
    const on = swept();
    const { detect_task_id } = await on.settled(1);
    expect(await on.undone()).toEqual([detect_task_id]);
    await on.archive(detect_task_id);
    expect(await on.undone()).toEqual([]);
  });

  it.each(['before', 'after'])('are not forgotten over a delivery that ends %s their time', async (when) => {
    const on = swept();
    const { detect_task_id: id } = await on.settled(1, { callback_url });
    await on.archive(id);
    const end = async (): Promise<void> => {
      const head = await on.headOf(id);
      if (head.delivery === undefined) throw new Error('publishing begins a delivery');
      await on.records.recordDelivery(head, { ...head.delivery, state: 'delivered' }, undefined);
    };
    if (when === 'before') await end();
    on.clock.pass(testDefaults.retentionSeconds * 1_000 - hour);
    if (when === 'after') await end();
    expect(await on.sweep()).toEqual({ archiving: 1 });
    expect(on.keys()).toEqual([]);
  });

  it('are deleted in time though a delivery never begins', async () => {
    const on = swept();
    const { detect_task_id } = await on.settled(1, { callback_url });
    await on.archive(detect_task_id);
    on.clock.pass(testDefaults.retentionSeconds * 1_000 - hour);
    expect(await on.sweep()).toEqual({ delivering: 1 });
    expect(on.keys()).toEqual([]);
  });

  it('are written no more where they are about to be deleted, though their record is kept for a day only', async () => {
    const on = swept(86_400);
    const { detect_task_id: id } = await on.settled(1);
    on.clock.pass(day - hour - 5 * minute + 1_000);
    expect(await on.sweep()).toEqual({ archiving: 1 });
    expect(await on.headOf(id)).toMatchObject({ archive: { state: 'failed' } });
    expect(await on.archive(id)).toBeUndefined();
    expect(on.keys()).toEqual([]);
  });

  it('whose deletion fails are deleted by the next sweep', async () => {
    const on = swept();
    const { detect_task_id } = await on.settled(1);
    await on.archive(detect_task_id);
    on.clock.pass(testDefaults.retentionSeconds * 1_000 - hour);
    on.store.before = () => Promise.reject(new ProcessDied());
    expect(await on.sweep()).toEqual({ failed: 1 });
    on.store.before = () => {};
    expect(await on.sweep()).toEqual({ archiving: 1 });
    expect(on.keys()).toEqual([]);
  });
});
