import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import type { DetectTaskId } from '../../../functions/detection/input.ts';
import { newHead } from '../../../functions/records/head.ts';
import type { Head } from '../../../functions/records/item.ts';
import {
  answerOf,
  facesOf,
  newId,
  none,
  ownerNamed,
  recordsOf,
  some,
  testClock,
  testDefaults,
  wonBy,
  written,
} from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const minute = 60_000;
const clock = testClock();
const { records, begun, headOf } = recordsOf(table, clock);
const fresh = (detect_task_id: DetectTaskId): Head =>
  newHead({ detect_task_id }, ownerNamed(`1-${detect_task_id}`), testDefaults, clock.now());
const lost = detectionError('EXECUTION_LOST');
const failure = { kind: 'failed', code: 'DETECTION_FAILED', provider: {} } as const;
const news = (nextPollMs: number) => ({ nextPollMs, ...some });
const abandonedHead = async (): Promise<Head> =>
  written(records.abandon(await begun({ deadline_seconds: 600, metadata: { order: 7 } }), lost, some));

describe('create', () => {
  it('puts a record where there is none, and nothing where there is one', async () => {
    const head = fresh(newId());
    expect(await records.create(head, { mayReplaceTombstone: false })).toEqual(head);
    expect(await records.create({ ...head, media_url: 'x' }, { mayReplaceTombstone: true })).toBe('conflict');
    expect(await headOf(head.detect_task_id)).toEqual(head);
  });

  it('is won by one of twenty at a time', async () => {
    const head = fresh(newId());
    const winner = await wonBy(20, (rival) =>
      records.create({ ...head, ...ownerNamed(`rival-${rival}`) }, { mayReplaceTombstone: false }),
    );
    expect(await headOf(head.detect_task_id)).toEqual(winner);
  });

  it('treats an expired record as absent, and removes its pages', async () => {
    const head = await begun();
    await records.complete(head, answerOf(facesOf(500)), none);
    clock.pass(testDefaults.retentionSeconds * 1_000);
    expect(await records.read(head.detect_task_id)).toMatchObject({ kind: 'absent' });
    expect(await records.create(fresh(head.detect_task_id), { mayReplaceTombstone: false })).not.toBe(
      'conflict',
    );
    expect([...(await table.stored(head.detect_task_id)).keys()]).toEqual([head.detect_task_id]);
  });

  it('replaces a tombstone for an explicit start only', async () => {
    const head = await begun();
    await records.forget(head.detect_task_id);
    const again = { ...head, ...ownerNamed('2', 2) };
    expect(await records.create(again, { mayReplaceTombstone: false })).toBe('conflict');
    expect(await records.create(again, { mayReplaceTombstone: true })).toEqual(again);
    expect(await headOf(head.detect_task_id)).toEqual(again);
  });
});

describe('complete', () => {
  it('is won by one of twenty, whichever execution holds the lease', async () => {
    const head = await begun();
    const winner = await wonBy(20, (rival) =>
      records.complete(head, rival % 2 === 0 ? answerOf(facesOf(rival), `by-${rival}`) : failure, some),
    );
    expect(await headOf(head.detect_task_id)).toEqual(winner);
  });

  it('writes answer and totals, and stays due until it is published', async () => {
    const head = await begun({ metadata: { order: 7 } });
    clock.pass(1_500);
    await records.complete(head, answerOf(facesOf(2)), some);
    const now = new Date(clock.now()).toISOString();
    expect(await headOf(head.detect_task_id)).toEqual({
      ...head,
      ...some,
      status: 'succeeded',
      status_shard: 'succeeded#0',
      detect_id: 'm1oZzqYp9dN',
      face_count: 2,
      faces: facesOf(2),
      provider_started_at: '2026-05-27 12:14:03',
      provider_finished_at: 1_795_348_800_000,
      updated_at: now,
      final_at: now,
      expires_at: Math.floor(clock.now() / 1_000) + testDefaults.retentionSeconds,
    });
  });

  it('keeps zero faces as an answer', async () => {
    const head = await begun();
    await records.complete(head, answerOf([]), some);
    expect(await headOf(head.detect_task_id)).toMatchObject({
      status: 'succeeded',
      face_count: 0,
      faces: [],
    });
  });

  it('keeps a provider time beyond 2^53', async () => {
    const head = await begun();
    await records.complete(head, { ...answerOf([]), startedAt: 1_795_348_800_123_456_768 } as never, some);
    expect(await headOf(head.detect_task_id)).toMatchObject({
      provider_started_at: 1_795_348_800_123_456_768,
    });
  });
});

describe('a final record', () => {
  const error = detectionError('DEADLINE_EXCEEDED');
  type Write = (head: Head) => Promise<Head | 'conflict'>;
  const ends = [
    ['succeeded', (head) => records.complete(head, answerOf(facesOf(1)), some)],
    ['succeeded with pages', (head) => records.complete(head, answerOf(facesOf(500)), some)],
    ['failed', (head) => records.complete(head, failure, some)],
    ['abandoned', (head) => records.abandon(head, lost, some)],
    ['cancelled', (head) => records.cancel(head.detect_task_id, lost)],
  ] satisfies [string, Write][];
  const verbs = [
    ['another success', (head) => records.complete(head, answerOf(facesOf(3), 'late'), some)],
    ['another success with pages', (head) => records.complete(head, answerOf(facesOf(500), 'late'), some)],
    ['a failure', (head) => records.complete(head, failure, none)],
    ['an abandonment', (head) => records.abandon(head, error, none)],
    ['a cancellation', (head) => records.cancel(head.detect_task_id, error)],
    ['progress', (head) => records.progress(head, news(clock.now()))],
    ['a takeover', (head) => records.takeOverExpiredLease(head, ownerNamed('rival'))],
    [
      'a second creation',
      (head) => records.create(fresh(head.detect_task_id), { mayReplaceTombstone: true }),
    ],
  ] satisfies [string, Write][];

  it.each(ends)('that %s changes only by a retry', async (_end, finish) => {
    const head = await begun();
    expect(await finish(head)).not.toBe('conflict');
    const final = await table.stored(head.detect_task_id);
    for (const [verb, write] of verbs) {
      expect([verb, await write(head)]).toEqual([verb, 'conflict']);
      expect([verb, await table.stored(head.detect_task_id)]).toEqual([verb, final]);
    }
  });
});

describe('the lease holder', () => {
  const strangers = [ownerNamed('rival'), { ...ownerNamed('1-mine'), attempt: 2 }];

  it('alone reports progress, which renews the lease', async () => {
    const head = await begun({}, ownerNamed('1-mine'));
    const { detect_task_id } = head;
    for (const stranger of strangers) {
      expect(await records.progress({ ...head, ...stranger }, news(clock.now()))).toBe('conflict');
    }
    expect(await headOf(detect_task_id)).toEqual(head);
    clock.pass(minute);
    const next = clock.now() + minute;
    await records.progress(head, { ...news(next), status: 'processing' });
    expect(await headOf(detect_task_id)).toEqual({
      ...head,
      ...some,
      status: 'processing',
      status_shard: 'processing#0',
      due_at: new Date(next + 5 * minute).toISOString(),
      updated_at: new Date(clock.now()).toISOString(),
    });
  });

  it('alone abandons', async () => {
    const head = await begun({}, ownerNamed('1-mine'));
    for (const stranger of strangers) {
      expect(await records.abandon({ ...head, ...stranger }, lost, some)).toBe('conflict');
    }
    expect(await headOf(head.detect_task_id)).toEqual(head);
    await records.abandon(head, lost, some);
    const abandoned = await headOf(head.detect_task_id);
    const { due_at, due_shard } = head;
    expect(abandoned).toMatchObject({ status: 'abandoned', error: lost, ...some, due_at, due_shard });
  });

  it('is replaced by one of ten concurrent takeovers', async () => {
    const head = await begun();
    clock.pass(6 * minute);
    const winner = await wonBy(10, (rival) =>
      records.takeOverExpiredLease(head, ownerNamed(`rival-${rival}`)),
    );
    expect(await headOf(head.detect_task_id)).toEqual(winner);
    expect(winner).toMatchObject({ attempt: 1, due_at: new Date(clock.now() + 5 * minute).toISOString() });
  });

  it('keeps a lease that it renews after it was read as expired', async () => {
    const head = await begun();
    await records.progress(head, news(clock.now() + minute));
    expect(await records.takeOverExpiredLease(head, ownerNamed('rival'))).toBe('conflict');
  });
});

describe('reopen', () => {
  it('begins a new attempt with a new deadline, and keeps totals and parameters', async () => {
    const seen = await abandonedHead();
    clock.pass(3 * minute);
    await records.reopen(seen, ownerNamed('2', 2), 'new');
    const { error: _error, final_at: _final, ...before } = seen;
    expect(await headOf(seen.detect_task_id)).toEqual({
      ...before,
      ...ownerNamed('2', 2),
      status: 'starting',
      status_shard: 'starting#0',
      due_at: new Date(clock.now() + 5 * minute).toISOString(),
      due_shard: 0,
      deadline_at: new Date(clock.now() + 10 * minute).toISOString(),
      updated_at: new Date(clock.now()).toISOString(),
      expires_at: Math.floor(clock.now() / 1_000) + testDefaults.retentionSeconds,
    });
  });

  it('keeps the deadline where only the execution name is used up', async () => {
    const head = await begun({ deadline_seconds: 600 });
    clock.pass(8 * minute);
    await records.reopen(head, ownerNamed('2', 2), 'kept');
    const { deadline_at } = head;
    expect(await headOf(head.detect_task_id)).toMatchObject({ attempt: 2, deadline_at, due_at: deadline_at });
  });

  it('is won by one of ten at a time', async () => {
    const seen = await abandonedHead();
    const winner = await wonBy(10, (rival) => records.reopen(seen, ownerNamed(`2-${rival}`, 2), 'new'));
    expect(await headOf(seen.detect_task_id)).toEqual(winner);
  });
});

describe('shards', () => {
  it('spread the records over the configured number of partitions of both indexes', async () => {
    const sharded = recordsOf(table, clock, { ...testDefaults, shards: 4 });
    const heads = await Promise.all(Array.from({ length: 40 }, () => sharded.begun()));
    expect(new Set(heads.map((head) => head.due_shard))).toEqual(new Set([0, 1, 2, 3]));
    for (const head of heads) expect(head.status_shard).toBe(`starting#${head.due_shard}`);
  });
});
