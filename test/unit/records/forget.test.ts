import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import {
  answerOf,
  facesOf,
  newId,
  ownerNamed,
  recordsOf,
  some,
  testClock,
  tombstoneAt,
  withoutRefs,
} from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';

const table = await openSuiteTable();

const clock = testClock();
const { records, begun } = recordsOf(table, clock);
const personal = {
  media_url: 'https://media.example/me.jpg',
  callback_url: 'https://me.example/hook',
  submitted_at: '2026-11-22T11:59:00Z',
  metadata: { name: 'me' },
};
const leftOf = async (id: string) => withoutRefs(await table.stored(id));
const onlyTombstone = (id: string) => new Map([[id, tombstoneAt(clock.now())]]);

describe('forget', () => {
  it.each([
    ['open', undefined],
    ['final', facesOf(2)],
    ['final with pages', facesOf(6, 60_000)],
  ])('leaves a tombstone of a record that is %s', async (_state, faces) => {
    const head = await begun(personal);
    const { detect_task_id } = head;
    const seen = faces === undefined ? head : await records.complete(head, answerOf(faces), some);
    expect(await records.forget(detect_task_id)).toEqual(seen);
    expect(await leftOf(detect_task_id)).toEqual(onlyTombstone(detect_task_id));
    expect(await records.get(detect_task_id)).toBeUndefined();
    expect(await records.read(detect_task_id)).toMatchObject({ kind: 'forgotten' });
  });

  it('finds no record of an unknown or forgotten task', async () => {
    const { detect_task_id } = await begun();
    expect(await records.forget(newId())).toBeUndefined();
    await records.forget(detect_task_id);
    expect(await records.forget(detect_task_id)).toBeUndefined();
  });

  it('removes a record from every list', async () => {
    const { detect_task_id } = await begun();
    await records.forget(detect_task_id);
    const { detections } = await records.list({ limit: 1_000 });
    expect(detections.map((listed) => listed.detect_task_id)).not.toContain(detect_task_id);
  });

  it('stops every later write of an invocation', async () => {
    const head = await begun();
    const { detect_task_id, deadline_at } = head;
    await records.forget(detect_task_id);
    const news = { nextPollMs: clock.now(), deadlineAt: deadline_at, ...some };
    expect(await records.complete(head, answerOf(facesOf(1)), some)).toBe('conflict');
    expect(await records.complete(head, answerOf(facesOf(6, 60_000)), some)).toBe('conflict');
    expect(await records.progress(head, news)).toBe('conflict');
    expect(await records.abandon(head, detectionError('CANCELLED'), some)).toBe('conflict');
    expect(await records.takeOverExpiredLease(head, ownerNamed('rival'))).toBe('conflict');
    expect(await leftOf(detect_task_id)).toEqual(onlyTombstone(detect_task_id));
  });

  it('also deletes pages of invocations that died while they wrote them', async () => {
    const head = await begun();
    for (let dead = 0; dead < 2; dead++) {
      table.fail('PutItem', 'dead-after', { skip: dead });
      await expect(records.complete(head, answerOf(facesOf(6, 60_000)), some)).rejects.toThrow(ProcessDied);
    }
    await records.complete(head, answerOf(facesOf(6, 60_000)), some);
    await records.forget(head.detect_task_id);
    expect(await leftOf(head.detect_task_id)).toEqual(onlyTombstone(head.detect_task_id));
  });

  it.each([
    ['before it deletes a page', 'DeleteItem', 'dead-before', 0],
    ['after it deleted a page', 'DeleteItem', 'dead-after', 0],
    ['after it deleted the last page', 'DeleteItem', 'dead-after', 1],
  ] as const)('that dies %s is finished by the next call', async (_when, operation, fault, skip) => {
    const head = await begun();
    await records.complete(head, answerOf(facesOf(6, 60_000)), some);
    table.fail(operation, fault, { skip });
    await expect(records.forget(head.detect_task_id)).rejects.toThrow(ProcessDied);
    expect(await records.get(head.detect_task_id)).toBeUndefined();
    await records.forget(head.detect_task_id);
    expect(await leftOf(head.detect_task_id)).toEqual(onlyTombstone(head.detect_task_id));
  });
});

describe('forget while an invocation completes in pages', () => {
  const faces = facesOf(6, 60_000);

  it.each([
    ['before its reference is written', 'UpdateItem', 0],
    ['before its first page', 'PutItem', 0],
    ['between its pages', 'PutItem', 1],
    ['before its final write', 'UpdateItem', 1],
  ] as const)(
    '%s keeps the tombstone, and the invocation deletes its pages',
    async (_when, operation, skip) => {
      const head = await begun();
      table.before(operation, () => records.forget(head.detect_task_id), { skip });
      expect(await records.complete(head, answerOf(faces), some)).toBe('conflict');
      expect(await leftOf(head.detect_task_id)).toEqual(onlyTombstone(head.detect_task_id));
    },
  );

  it.each([
    ['begins to write them', 'dead-after'],
    ['completes', undefined],
  ] as const)('notices an invocation that %s between its read and its write', async (_what, fault) => {
    const head = await begun();
    table.before('PutItem', async () => {
      if (fault !== undefined) table.fail('PutItem', fault);
      await records.complete(head, answerOf(faces), some).catch(() => {});
    });
    expect(await records.forget(head.detect_task_id)).toMatchObject({ detect_task_id: head.detect_task_id });
    expect(await leftOf(head.detect_task_id)).toEqual(onlyTombstone(head.detect_task_id));
  });

  it.each([1, 2, 3, 4, 5])('at the same time leaves no page (%i)', async () => {
    const head = await begun();
    await Promise.all([
      records.complete(head, answerOf(faces), some),
      records.complete(head, answerOf(faces), some),
      records.forget(head.detect_task_id),
    ]);
    await records.forget(head.detect_task_id);
    expect(await leftOf(head.detect_task_id)).toEqual(onlyTombstone(head.detect_task_id));
  });
});
