import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { newHead } from '../../../functions/records/head.ts';
import type { Head } from '../../../functions/records/item.ts';
import {
  answerOf,
  facesOf,
  newId,
  ownerNamed,
  recordsOf,
  some,
  testClock,
  testDefaults,
} from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const clock = testClock();
const { records, begun, headOf } = recordsOf(table, clock);
const failure = { kind: 'failed', code: 'DETECTION_FAILED', provider: {} } as const;
const lost = detectionError('EXECUTION_LOST');

/** What two records have in common that were written in the same way. */
const anonymous = (head: Head) => ({ ...head, detect_task_id: '', execution_name: '', execution_arn: '' });

/** What a write leaves behind with and without its acknowledgement. */
async function bothWays(write: (head: Head) => Promise<unknown>) {
  const well = await begun();
  await write(well);
  const badly = await begun();
  table.fail('UpdateItem', 'lost-ack');
  const answer = await write(badly);
  return {
    answer,
    well: anonymous(await headOf(well.detect_task_id)),
    badly: anonymous(await headOf(badly.detect_task_id)),
  };
}

describe('a lost acknowledgement', () => {
  it.each([
    ['a success', (head: Head) => records.complete(head, answerOf(facesOf(3)), some)],
    ['a failure', (head: Head) => records.complete(head, failure, some)],
    ['an abandonment', (head: Head) => records.abandon(head, lost, some)],
    ['a cancellation', (head: Head) => records.cancel(head.detect_task_id, lost)],
    ['a takeover', (head: Head) => records.takeOverExpiredLease(head, ownerNamed('rival'))],
  ])('of %s looks like a conflict, and reading back shows the write', async (_what, write) => {
    const { answer, well, badly } = await bothWays(write);
    expect(answer).toBe('conflict');
    expect(badly).toEqual(well);
  });

  it('of progress goes unnoticed: the condition of its retry still holds', async () => {
    const { answer, well, badly } = await bothWays((head) =>
      records.progress(head, {
        status: 'processing',
        nextPollMs: clock.now() + 60_000,
        ...some,
      }),
    );
    expect(answer).toMatchObject({ status: 'processing' });
    expect(badly).toEqual(well);
  });

  it('of a creation looks like a conflict, and reading back shows the record', async () => {
    const id = newId();
    const head = newHead({ detect_task_id: id }, ownerNamed(`1-${id}`), testDefaults, clock.now());
    table.fail('PutItem', 'lost-ack');
    expect(await records.create(head, { mayReplaceTombstone: false })).toBe('conflict');
    expect(await headOf(id)).toEqual(head);
  });

  it('of a final write over pages is recognised, and its pages are kept', async () => {
    const head = await begun();
    const faces = facesOf(500);
    table.fail('UpdateItem', 'lost-ack', { skip: 1 });
    expect(await records.complete(head, answerOf(faces), some)).toMatchObject({ status: 'succeeded' });
    expect(table.calls()).toEqual({ UpdateItem: 2, PutItem: 1, GetItem: 1 });
    expect((await records.get(head.detect_task_id))?.faces).toEqual(faces);
    expect(await headOf(head.detect_task_id)).not.toHaveProperty('page_refs');
  });

  it.each([
    ['the reference to pages', 'UpdateItem'],
    ['a page', 'PutItem'],
  ] as const)('of %s is repaired by the retry', async (_what, operation) => {
    const head = await begun();
    const faces = facesOf(500);
    table.fail(operation, 'lost-ack');
    expect(await records.complete(head, answerOf(faces), some)).toMatchObject({ status: 'succeeded' });
    expect((await records.get(head.detect_task_id))?.faces).toEqual(faces);
    expect(await table.stored(head.detect_task_id)).toHaveProperty('size', 2);
  });

  it.each([
    ['faces in the head', 3],
    ['faces in pages', 500],
  ])('of forgetting a record with %s still returns the record', async (_what, count) => {
    const head = await begun();
    await records.complete(head, answerOf(facesOf(count)), some);
    table.fail('PutItem', 'lost-ack');
    expect(await records.forget(head.detect_task_id)).toMatchObject({
      status: 'succeeded',
      face_count: count,
    });
    const stored = await table.stored(head.detect_task_id);
    expect([...stored.keys()]).toEqual([head.detect_task_id]);
    expect(stored.get(head.detect_task_id)).not.toHaveProperty('page_refs');
  });
});

describe('a throttled write', () => {
  it('is retried and counts once', async () => {
    const head = await begun();
    table.fail('UpdateItem', 'throttled');
    expect(await records.complete(head, answerOf(facesOf(1)), some)).toMatchObject({ status: 'succeeded' });
    expect(table.calls()).toEqual({ UpdateItem: 1 });
  });

  it('is thrown if the retries fail too, for the workflow to retry', async () => {
    const head = await begun();
    table.fail('UpdateItem', 'throttled', { times: 3 });
    await expect(records.complete(head, answerOf(facesOf(1)), some)).rejects.toThrow('Too many requests.');
    expect(await headOf(head.detect_task_id)).toEqual(head);
  });
});
