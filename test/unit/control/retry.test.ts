import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { startsOn } from '../../support/engine.ts';
import { answerOf, facesOf, newId, some } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';

const table = await openSuiteTable();

describe('retry', () => {
  it('begins the next attempt at an abandoned record, with a new deadline', async () => {
    const { clock, start, retry, records, running, close } = startsOn(table);
    const id = newId();
    const head = await start({ detect_task_id: id, deadline_seconds: 60 });
    await records.abandon(head, detectionError('UNAUTHORIZED'), some);
    close(`1-${id}`);
    clock.pass(3_600_000);
    const deadline_at = new Date(clock.now() + 60_000).toISOString();
    const again = await retry(id);
    expect(again).toMatchObject({ status: 'starting', attempt: 2, deadline_at, ...some });
    expect(again).not.toHaveProperty('error');
    expect(running()).toEqual([`2-${id}`]);
  });

  it.each([
    ['succeeded', answerOf([])],
    ['failed', { kind: 'failed', code: 'DETECTION_FAILED', provider: {} } as const],
  ])('rejects a record that %s', async (status, answer) => {
    const { start, retry, records } = startsOn(table);
    const id = newId();
    await records.complete(await start({ detect_task_id: id }), answer, some);
    const message = `status: ${id} is ${status}; only an abandoned detection can be retried`;
    await expect(retry(id)).rejects.toMatchObject({ kind: 'conflict', field: 'status', message });
  });

  it('of an open record only ensures that its execution runs', async () => {
    const { begun, retry, running } = startsOn(table);
    const { detect_task_id: id } = await begun();
    expect(await retry(id)).toMatchObject({ attempt: 1 });
    expect(running()).toEqual([`1-${id}`]);
  });

  it('finds no record of an unknown task, or of one forgotten meanwhile', async () => {
    const { begun, cancel, retry, records } = startsOn(table);
    expect(await retry(newId())).toBeUndefined();
    const { detect_task_id: id } = await begun();
    await cancel(id);
    table.before('UpdateItem', () => records.forget(id));
    expect(await retry(id)).toBeUndefined();
  });

  it('by 50 callers at once makes one next attempt, also where an acknowledgement is lost', async () => {
    const { begun, cancel, retry, running } = startsOn(table);
    const { detect_task_id: id } = await begun();
    await cancel(id);
    table.fail('UpdateItem', 'lost-ack');
    const heads = await Promise.all(Array.from({ length: 50 }, () => retry(id)));
    expect(new Set(heads.map((head) => head?.attempt))).toEqual(new Set([2]));
    expect(running()).toEqual([`2-${id}`]);
  });
});

describe('cancel', () => {
  it('abandons the record, then stops the execution', async () => {
    const { start, cancel, headOf, running } = startsOn(table);
    const id = newId();
    await start({ detect_task_id: id });
    const cancelled = await cancel(id);
    expect(cancelled).toMatchObject({ status: 'abandoned', error: { code: 'CANCELLED', retryable: true } });
    expect(await headOf(id)).toEqual(cancelled);
    expect(running()).toEqual([]);
  });

  it('that dies before it stops the execution stops it in the next call', async () => {
    const { start, cancel, running } = startsOn(table);
    const id = newId();
    await start({ detect_task_id: id });
    table.fail('UpdateItem', 'dead-after');
    await expect(cancel(id)).rejects.toThrow(ProcessDied);
    expect(running()).toEqual([`1-${id}`]);
    expect(await cancel(id)).toMatchObject({ error: { code: 'CANCELLED' } });
    expect(running()).toEqual([]);
  });

  it('stops the execution even if the acknowledgement of its write is lost', async () => {
    const { start, cancel, running } = startsOn(table);
    const id = newId();
    await start({ detect_task_id: id });
    table.fail('UpdateItem', 'lost-ack');
    expect(await cancel(id)).toMatchObject({ error: { code: 'CANCELLED' } });
    expect(running()).toEqual([]);
  });

  it('leaves a final record as it is, and finds none of an unknown task', async () => {
    const { start, records, cancel } = startsOn(table);
    const id = newId();
    const settled = await records.complete(await start({ detect_task_id: id }), answerOf(facesOf(1)), some);
    expect(await cancel(id)).toEqual(settled);
    expect(await cancel(newId())).toBeUndefined();
  });
});
