/** Lists of records: the newest first, over one status or all, read from the index alone. */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';

import type { ErrorCode } from '../detection/error-codes.ts';
import type { Detection } from '../detection/fields.ts';
import { DetectTaskId } from '../detection/input.ts';
import { type Status, statuses } from '../detection/types.ts';
import { cursorOf, parseCursor } from './cursor.ts';
import type { RecordsDeps } from './head.ts';
import { fromItem, toItem } from './item.ts';
import type { ShardCount } from './shards.ts';
import { byStatus, key, statusShard } from './table.ts';

/** What the index holds of a record. */
export const listedNames = [
  'detect_task_id',
  'status',
  'detect_id',
  'face_count',
  'error',
  'created_at',
  'updated_at',
  'usable_until',
  'usable_until_assumed',
] as const satisfies (keyof Detection)[];
export type Listed = Pick<Detection, (typeof listedNames)[number]>;
export interface ListOptions {
  /**
   * Only records with this status.
   *
   * @default - all
   * @example 'abandoned'
   */
  status?: Status;
  /**
   * Only records with this error.
   *
   * @default - all
   * @example 'DEADLINE_EXCEEDED'
   */
  error?: ErrorCode;
  /**
   * Only records that were last written before this instant, ISO 8601.
   *
   * @default - all
   * @example '2026-11-22T12:00:00.000Z'
   */
  before?: string;
  /**
   * Records in a page, at least 1; the command line and the API allow 1000.
   *
   * @example 50
   */
  limit: number;
  /**
   * Of an earlier page: continues behind it.
   *
   * @default - the newest records
   * @example page.cursor
   */
  cursor?: string;
}
export interface ListPage {
  detections: Listed[];
  /** Opaque; absent on the last page. */
  cursor?: string;
}

/** Where each partition of the index was left: the last record taken from it; `null` where none is left. */
const Cursor = z.record(
  z.string(),
  z.nullable(z.strictObject({ at: z.string().check(z.regex(/^[\dTZ:.+-]{1,64}$/)), id: DetectTaskId })),
);
type Cursor = z.infer<typeof Cursor>;

interface Partition {
  name: string;
  status: Status;
}
type Row = Listed & Pick<Detection, 'expires_at'> & { partition: string };
interface Rows extends Partition {
  rows: Row[];
  isLast: boolean;
}

export function createList(deps: RecordsDeps, shardCount: ShardCount) {
  return {
    async list(options: ListOptions): Promise<ListPage> {
      const { limit, error, before } = options;
      const from = options.cursor === undefined ? {} : parseCursor(Cursor, options.cursor);
      const shards = await shardCount.highest();
      const partitions = (options.status === undefined ? statuses : [options.status]).flatMap((status) =>
        Array.from({ length: shards }, (_, shard) => ({ status, name: statusShard(status, shard) })),
      );
      const found = await Promise.all(
        partitions
          .filter(({ name }) => from[name] !== null)
          .map((partition) =>
            queryPartition(deps, partition, { after: from[partition.name] ?? undefined, before, limit }),
          ),
      );
      // The sort is stable: rows of one instant keep their partition's order, on which the cursor relies.
      const taken = found
        .flatMap(({ rows }) => rows)
        .toSorted((a, b) => Number(a.updated_at < b.updated_at) - Number(a.updated_at > b.updated_at))
        .slice(0, limit);
      const next = nextCursor(from, found, taken);
      const isMore = partitions.some(({ name }) => next[name] !== null);
      const nowSeconds = deps.now() / 1_000;
      const isWanted = (row: Row): boolean =>
        row.expires_at > nowSeconds && (error === undefined || row.error?.code === error);
      const detections = taken.filter(isWanted).map(listedOf);
      return { detections, ...(isMore && { cursor: cursorOf(next) }) };
    },
  };
}

function nextCursor(from: Cursor, found: readonly Rows[], taken: readonly Row[]): Cursor {
  const next: Cursor = { ...from };
  for (const { name, rows, isLast } of found) {
    const fromHere = taken.filter((row) => row.partition === name);
    const last = fromHere.at(-1);
    if (last !== undefined) next[name] = { at: last.updated_at, id: last.detect_task_id };
    if (isLast && fromHere.length === rows.length) next[name] = null;
  }
  return next;
}

function listedOf(row: Row): Listed {
  const present = listedNames.filter((name) => row[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, row[name]])) as unknown as Listed;
}

/** What is taken of one partition. */
interface Share {
  after: { at: string; id: string } | undefined;
  before: string | undefined;
  limit: number;
}

async function queryPartition(
  { client, tableName }: RecordsDeps,
  { status, name }: Partition,
  { after, before, limit }: Share,
): Promise<Rows> {
  const answer = await client.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: byStatus.indexName,
      KeyConditionExpression: `#partition = :partition${before === undefined ? '' : ' AND #sort < :before'}`,
      ExpressionAttributeNames: {
        '#partition': byStatus.partitionKey,
        ...(before !== undefined && { '#sort': byStatus.sortKey }),
      },
      ExpressionAttributeValues: toItem({ ':partition': name, ':before': before }),
      ScanIndexForward: false,
      Limit: limit,
      ...(after && {
        ExclusiveStartKey: toItem({
          [byStatus.partitionKey]: name,
          [byStatus.sortKey]: after.at,
          [key]: after.id,
        }),
      }),
    }),
  );
  const rows = (answer.Items ?? []).map((item) => ({ ...fromItem<Row>(item), status, partition: name }));
  return { name, status, rows, isLast: answer.LastEvaluatedKey === undefined };
}
