/** How records are read: one with its faces joined, many by status. */
import { type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';

import { type Detection, toDetection } from '../detection/fields.ts';
import { DetectTaskId } from '../detection/input.ts';
import { type Status, statuses } from '../detection/types.ts';
import type { Pages, Portion } from './faces.ts';
import type { RecordsDeps } from './head.ts';
import { type Found, found, fromItem, toItem } from './item.ts';
import type { ShardCount } from './shards.ts';
import { byStatus, key, statusShard } from './table.ts';

/** What the index holds of a record: enough for a list, read without touching the records. */
export const listedNames = [
  'detect_task_id',
  'status',
  'detect_id',
  'face_count',
  'updated_at',
  'usable_until',
  'usable_until_assumed',
] as const satisfies (keyof Detection)[];
export type Listed = Pick<Detection, (typeof listedNames)[number]>;
export interface ListPage {
  detections: Listed[];
  /** Opaque; absent on the last page. */
  cursor?: string;
}

/** A record with some of its faces. */
export interface FacesPage {
  detection: Detection;
  /** Opaque; absent with the last of the faces. */
  cursor?: string;
}

/** From which face of which answer on: the reference of its pages is never given out again. */
const FacesCursor = z.strictObject({
  ref: z.string(),
  page: z.int().check(z.nonnegative()),
  index: z.int().check(z.nonnegative()),
});

/** Where each partition of the index was left: the last record taken from it. Done ones are null. */
const Cursor = z.record(
  z.string(),
  z.nullable(z.strictObject({ at: z.string().check(z.regex(/^[\dTZ:.+-]{1,64}$/)), id: DetectTaskId })),
);
type Cursor = z.infer<typeof Cursor>;

export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
}

class MissingPagesError extends Error {
  override readonly name = 'MissingPagesError';

  constructor(detectTaskId: DetectTaskId) {
    super(`${detectTaskId}: its pages of faces are missing from the table`);
  }
}

/** Pages can go between the two reads (forgotten, expired); then the head tells what is true now. */
const maxTries = 3;

export function createQuery(
  { client, tableName, now }: RecordsDeps,
  { pages, shardCount }: { pages: Pages; shardCount: ShardCount },
) {
  /** As it stands, read consistently; faces in pages are not joined. */
  async function read(detectTaskId: DetectTaskId): Promise<Found> {
    const Key = toItem({ [key]: detectTaskId });
    const command = new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true });
    return found((await client.send(command)).Item, now());
  }

  return {
    read,

    /** With its faces joined. */
    async get(detectTaskId: DetectTaskId): Promise<Detection | undefined> {
      for (let tries = 0; tries < maxTries; tries++) {
        const current = await read(detectTaskId);
        if (current.kind !== 'head') return undefined;
        const { head } = current;
        if (head.faces_ref === undefined) return toDetection(head, head.faces);
        const faces = await pages.read(detectTaskId, head.faces_ref);
        if (faces !== undefined) return toDetection(head, faces);
      }
      throw new MissingPagesError(detectTaskId);
    },

    /**
     * A record with its faces from the cursor on, or from the first. `changed` means that the faces which the cursor
     * points into are no longer the record's: it was forgotten and begun anew.
     */
    async getSome(
      detectTaskId: DetectTaskId,
      options: Portion & { cursor?: string | undefined },
    ): Promise<FacesPage | 'changed' | undefined> {
      const from = options.cursor === undefined ? undefined : parseCursor(FacesCursor, options.cursor);
      for (let tries = 0; tries < maxTries; tries++) {
        const current = await read(detectTaskId);
        if (current.kind !== 'head') return undefined;
        const { head } = current;
        const ref = head.faces_ref;
        if (from !== undefined && from.ref !== ref) return 'changed';
        if (ref === undefined) return { detection: toDetection(head, head.faces) };
        const some = await pages.readSome(detectTaskId, ref, from ?? { page: 0, index: 0 }, options);
        if (some === undefined) continue;
        const { faces, rest } = some;
        return { detection: toDetection(head, faces), ...(rest && { cursor: cursorOf({ ref, ...rest }) }) };
      }
      throw new MissingPagesError(detectTaskId);
    },

    /** Newest first, over one status or all of them. */
    async list(options: { status?: Status; limit: number; cursor?: string }): Promise<ListPage> {
      const wanted = options.status === undefined ? statuses : [options.status];
      const from = options.cursor === undefined ? {} : parseCursor(Cursor, options.cursor);
      const shards = await shardCount.highest();
      const partitions = wanted.flatMap((status) =>
        Array.from({ length: shards }, (_, shard) => ({ status, name: statusShard(status, shard) })),
      );
      const rows = await Promise.all(
        partitions
          .filter(({ name }) => from[name] !== null)
          .map(({ status, name }) =>
            queryPartition(client, tableName, { status, name }, from[name] ?? undefined, options.limit),
          ),
      );
      // Of the same instant, each partition's own order stays: the cursor goes by it.
      const merged = rows
        .flatMap(({ listed }) => listed)
        .toSorted((a, b) => Number(a.updated_at < b.updated_at) - Number(a.updated_at > b.updated_at));
      const taken = merged.slice(0, options.limit);
      const next: Cursor = { ...from };
      for (const { partition, listed, isLast } of rows) {
        const fromHere = taken.filter((row) => row.partition === partition);
        const last = fromHere.at(-1);
        if (last !== undefined) next[partition] = { at: last.updated_at, id: last.detect_task_id };
        if (isLast && fromHere.length === listed.length) next[partition] = null;
      }
      const isMore = partitions.some(({ name }) => next[name] !== null);
      const nowSeconds = now() / 1_000;
      const detections = taken
        .filter((row) => row.expires_at > nowSeconds)
        .map((row) => {
          const present = listedNames.filter((name) => row[name] !== undefined);
          return Object.fromEntries(present.map((name) => [name, row[name]])) as unknown as Listed;
        });
      return {
        detections,
        ...(isMore && { cursor: cursorOf(next) }),
      };
    },
  };
}

async function queryPartition(
  client: DynamoDBClient,
  TableName: string,
  { status, name }: { status: Status; name: string },
  after: { at: string; id: string } | undefined,
  limit: number,
) {
  const answer = await client.send(
    new QueryCommand({
      TableName,
      IndexName: byStatus.indexName,
      KeyConditionExpression: '#partition = :partition',
      ExpressionAttributeNames: { '#partition': byStatus.partitionKey },
      ExpressionAttributeValues: toItem({ ':partition': name }),
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
  type Row = Listed & Pick<Detection, 'expires_at'>;
  const listed = (answer.Items ?? []).map((item) => ({ ...fromItem<Row>(item), status, partition: name }));
  return { partition: name, listed, isLast: answer.LastEvaluatedKey === undefined };
}

const cursorOf = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function parseCursor<Schema extends z.ZodMiniType>(schema: Schema, cursor: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new InvalidCursorError('cursor: is not one that was given out here');
  }
}
