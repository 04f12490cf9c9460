/** Lists of records: the newest first, over one status or all, read from the index alone. */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';

import type { ErrorCode } from '../detection/error-codes.ts';
import type { Detection } from '../detection/fields.ts';
import { DetectTaskId } from '../detection/input.ts';
import { type Status, statuses } from '../detection/types.ts';
import { cursorOf, InvalidCursorError, parseCursor } from './cursor.ts';
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

/** The last record that was taken: all partitions go on behind it, so that a cursor is as short for many as for one. */
const Cursor = z.strictObject({
  at: z.string().check(z.regex(/^[\dTZ:.+-]{1,64}$/)),
  id: DetectTaskId,
  partition: z.string(),
});
type Cursor = z.infer<typeof Cursor>;

interface Partition {
  name: string;
  status: Status;
}
type Row = Listed & Pick<Detection, 'expires_at'> & { partition: string };
interface Rows {
  rows: Row[];
  isLast: boolean;
}

export function createList(deps: RecordsDeps, shardCount: ShardCount) {
  return {
    async list(options: ListOptions): Promise<ListPage> {
      const { limit, error, before } = options;
      const last = options.cursor === undefined ? undefined : parseCursor(Cursor, options.cursor);
      const shards = await shardCount.highest();
      const partitions = (options.status === undefined ? statuses : [options.status]).flatMap((status) =>
        Array.from({ length: shards }, (_, shard) => ({ status, name: statusShard(status, shard) })),
      );
      const reached = partitions.findIndex(({ name }) => name === last?.partition);
      if (last !== undefined && reached === -1) throw new InvalidCursorError();
      const found = await Promise.all(
        partitions.map((partition, index) =>
          queryPartition(deps, partition, { limit, ...startOf({ last, before }, index - reached) }),
        ),
      );
      // The sort is stable: rows of one instant keep their partitions' order, on which the cursor relies.
      const rows = found
        .flatMap((partition) => partition.rows)
        .toSorted((a, b) => Number(a.updated_at < b.updated_at) - Number(a.updated_at > b.updated_at));
      // Behind the end of a partition's answer, which may be cut at 1 MB, a row of it could be missing.
      const ends = new Set(found.flatMap((partition) => (partition.isLast ? [] : partition.rows.slice(-1))));
      const firstEnd = rows.findIndex((row) => ends.has(row));
      const complete = firstEnd === -1 ? rows : rows.slice(0, firstEnd + 1);
      const taken = complete.slice(0, limit);
      const end = taken.at(-1);
      const isMore = rows.length > taken.length || found.some(({ isLast }) => !isLast);
      const nowSeconds = deps.now() / 1_000;
      const isWanted = (row: Row): boolean =>
        row.expires_at > nowSeconds && (error === undefined || row.error?.code === error);
      return {
        detections: taken.filter(isWanted).map(listedOf),
        ...(isMore && end !== undefined && { cursor: cursorOf(positionOf(end)) }),
      };
    },
  };
}

const positionOf = ({ updated_at: at, detect_task_id: id, partition }: Row): Cursor => ({
  at,
  id,
  partition,
});

/** Where a partition begins that comes so many places after that of the last record. */
function startOf(
  { last, before }: { last: Cursor | undefined; before: string | undefined },
  places: number,
): Start {
  if (last === undefined || (before !== undefined && before <= last.at)) return { below: before };
  if (places < 0) return { below: last.at };
  return { upTo: last.at, after: places === 0 ? last : undefined };
}

function listedOf(row: Row): Listed {
  const present = listedNames.filter((name) => row[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, row[name]])) as unknown as Listed;
}

/** Below an instant, or up to one and behind a record. */
interface Start {
  below?: string | undefined;
  upTo?: string;
  after?: Cursor | undefined;
}

async function queryPartition(
  { client, tableName }: RecordsDeps,
  { status, name }: Partition,
  { below, upTo, after, limit }: Start & { limit: number },
): Promise<Rows> {
  const bound = upTo ?? below;
  const condition = bound === undefined ? '' : ` AND #sort ${upTo === undefined ? '<' : '<='} :bound`;
  const answer = await client.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: byStatus.indexName,
      KeyConditionExpression: `#partition = :partition${condition}`,
      ExpressionAttributeNames: {
        '#partition': byStatus.partitionKey,
        ...(bound !== undefined && { '#sort': byStatus.sortKey }),
      },
      ExpressionAttributeValues: toItem({ ':partition': name, ':bound': bound }),
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
  return { rows, isLast: answer.LastEvaluatedKey === undefined };
}
