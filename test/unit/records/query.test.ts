import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { type Status } from '../../../functions/detection/types.ts';
import { InvalidCursorError } from '../../../functions/records/cursor.ts';
import { type Listed, listedNames } from '../../../functions/records/list.ts';
import type { Records } from '../../../functions/records/records.ts';
import { byStatus } from '../../../functions/records/table.ts';
import {
  answerOf,
  facesOf,
  recordsOf,
  some,
  taskId,
  type TestClock,
  testClock,
  testDefaults,
} from '../../support/records.ts';
import { openTable, type TestTable } from '../../support/table.ts';

let table: TestTable;
let clock: TestClock;
beforeEach(async () => {
  table = await openTable();
  clock = testClock();
});
afterEach(() => table.close());

/** Every page of a list, to its end. */
async function pagesOf(records: Records, limit: number, status?: Status): Promise<Listed[][]> {
  const pages: Listed[][] = [];
  let cursor: string | undefined;
  do {
    const page = await records.list({ limit, ...(status && { status }), ...(cursor && { cursor }) });
    pages.push(page.detections);
    cursor = page.cursor;
    if (pages.length > 500) throw new Error('this list has no end');
  } while (cursor !== undefined);
  return pages;
}
const ids = (rows: readonly { detect_task_id: string }[]) => rows.map((row) => row.detect_task_id);

/** Records of all five statuses, `gapMs` apart, newest last. */
async function mixture(count: number, gapMs: number, shards: number) {
  const { records, begun } = recordsOf(table, clock, { ...testDefaults, shards });
  const made: string[] = [];
  for (let index = 0; index < count; index++) {
    clock.pass(gapMs);
    const head = await begun();
    const { detect_task_id } = head;
    made.push(detect_task_id);
    const news = { nextPollMs: clock.now(), ...some };
    if (index % 5 === 1) await records.progress(head, { ...news, status: 'processing' });
    if (index % 5 === 2) await records.complete(head, answerOf(facesOf(index)), some);
    if (index % 5 === 3) {
      await records.complete(head, { kind: 'failed', code: 'DETECTION_FAILED', provider: {} }, some);
    }
    if (index % 5 === 4) await records.cancel(detect_task_id, detectionError('CANCELLED'));
  }
  return { records, made };
}

describe('list', () => {
  it.each([
    ['one a page', 1, 1],
    ['several a page', 7, 1],
    ['exactly all', 24, 1],
    ['more than there are', 100, 1],
    ['several a page, over several shards', 5, 3],
  ])('returns every record exactly once, newest first: %s', async (_what, limit, shards) => {
    const { records, made } = await mixture(24, 10, shards);
    const pages = await pagesOf(records, limit);
    expect(ids(pages.flat())).toEqual(made.toReversed());
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
  });

  it.each([1, 2, 3, 5, 7])('neither loses nor repeats records of one instant, %i a page', async (limit) => {
    const { records, made } = await mixture(18, 0, 2);
    const pages = await pagesOf(records, limit);
    expect(ids(pages.flat()).toSorted()).toEqual(made.toSorted());
  });

  it('gives out a cursor as short over every shard as over one', async () => {
    const { records } = await mixture(3, 10, 64);
    const { cursor } = await records.list({ limit: 1 });
    expect(cursor?.length).toBeLessThan(200);
  });

  it.each([1, 2])('loses no record behind an answer that ends after %i rows, as at 1 MB', async (rows) => {
    const { records, made } = await mixture(30, 10, 2);
    table.client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          const input = args.input as QueryCommandInput;
          if (commandName === 'QueryCommand' && input.IndexName === byStatus.indexName) input.Limit = rows;
          return next(args);
        },
      { step: 'initialize' },
    );
    expect(ids((await pagesOf(records, 10)).flat())).toEqual(made.toReversed());
  });

  it('goes on below an earlier instant, and not behind a record of another list', async () => {
    const { records, made } = await mixture(10, 10, 2);
    const { cursor = '' } = await records.list({ limit: 2 });
    const { detections } = await records.list({ limit: 100 });
    const before = detections[6]?.updated_at ?? '';
    const rest = await records.list({ limit: 100, before, cursor });
    expect(ids(rest.detections)).toEqual(made.toReversed().slice(7));
    const status = 'starting';
    expect(detections[1]?.status).not.toBe(status);
    await expect(records.list({ limit: 1, status, cursor })).rejects.toThrow(InvalidCursorError);
  });

  it('filters by status', async () => {
    const { records, made } = await mixture(15, 10, 2);
    for (const [index, status] of (
      ['starting', 'processing', 'succeeded', 'failed', 'abandoned'] as const
    ).entries()) {
      const listed = (await pagesOf(records, 2, status)).flat();
      expect(ids(listed)).toEqual(made.filter((_, position) => position % 5 === index).toReversed());
      expect(new Set(listed.map((row) => row.status))).toEqual(new Set([status]));
    }
  });

  it('shows what the index holds, without reading the records', async () => {
    const { records, made } = await mixture(3, 10, 1);
    // The number of shards is read once.
    await records.list({ limit: 1 });
    table.reset();
    const { detections } = await records.list({ limit: 1 });
    expect(table.calls()).toEqual({ Query: 5 });
    const record = await records.get(taskId(made[2] ?? ''));
    expect(detections).toEqual([Object.fromEntries(listedNames.map((name) => [name, record?.[name]]))]);
    expect(record).toMatchObject({ status: 'succeeded', face_count: 2 });
  });

  it('of an empty table is empty and has no cursor', async () => {
    const { records } = recordsOf(table, clock);
    expect(await records.list({ limit: 10 })).toEqual({ detections: [] });
  });

  it('leaves out expired records and continues behind them', async () => {
    const { records, made } = await mixture(4, 10, 1);
    clock.pass(testDefaults.retentionSeconds * 1_000 - 20);
    const { begun } = recordsOf(table, clock);
    const { detect_task_id } = await begun();
    clock.pass(1_000);
    expect(ids((await pagesOf(records, 1)).flat())).toEqual([detect_task_id]);
    expect(made).toHaveLength(4);
  });

  it.each([
    '',
    '!',
    'nonsense',
    Buffer.from('[1]').toString('base64url'),
    Buffer.from('{"a":1}').toString('base64url'),
  ])('rejects a cursor that no list gave out: "%s"', async (cursor) => {
    const { records } = recordsOf(table, clock);
    await expect(records.list({ limit: 1, cursor })).rejects.toThrow(InvalidCursorError);
  });
});

describe('get', () => {
  it('returns the public attributes only, with the faces joined', async () => {
    const { records, begun, headOf } = recordsOf(table, clock);
    const head = await begun({ metadata: { order: 7 } });
    await records.complete(head, answerOf(facesOf(500)), some);
    const stored = await headOf(head.detect_task_id);
    const {
      status_shard: _s,
      faces_ref: _r,
      face_pages: _p,
      due_at: _d,
      due_shard: _h,
      ...attributes
    } = stored;
    expect(await records.get(head.detect_task_id)).toEqual({ ...attributes, faces: facesOf(500) });
    const open = await begun();
    const { status_shard: _o, due_at: _a, due_shard: _e, ...rest } = open;
    expect(await records.get(open.detect_task_id)).toEqual(rest);
  });

  it('returns nothing for an expired record', async () => {
    const { records, begun } = recordsOf(table, clock);
    const { detect_task_id } = await begun();
    clock.pass(testDefaults.retentionSeconds * 1_000);
    expect(await records.get(detect_task_id)).toBeUndefined();
  });

  it('returns nothing if the record is forgotten while its pages are read', async () => {
    const { records, begun } = recordsOf(table, clock);
    const head = await begun();
    await records.complete(head, answerOf(facesOf(500)), some);
    table.before('GetItem', () => records.forget(head.detect_task_id), { skip: 1 });
    expect(await records.get(head.detect_task_id)).toBeUndefined();
  });

  it('throws rather than return some of the faces', async () => {
    const { records, begun, headOf } = recordsOf(table, clock);
    const head = await begun();
    await records.complete(head, answerOf(facesOf(500)), some);
    const { faces_ref } = await headOf(head.detect_task_id);
    await table.drop(`${head.detect_task_id}#${faces_ref}#0`);
    await expect(records.get(head.detect_task_id)).rejects.toThrow('its pages of faces are missing');
  });
});
