/**
 * Deletes expired items, as DynamoDB does and the embedded database does not. Like there it comes days late: a clock
 * that is ahead takes everything for expired. So an item goes only if it had expired at an earlier round too, two days
 * ago or more, and no clock since then was behind that round's.
 */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';

import { DetectTaskId } from '../functions/detection/input.ts';
import type { RecordsDeps } from '../functions/records/head.ts';
import { fromItem, toItem } from '../functions/records/item.ts';
import { expiry, key } from '../functions/records/table.ts';
import { unlessConflict } from '../functions/records/update.ts';

export interface ExpiryDeps {
  dynamodb: DynamoDBClient;
  tableName: string;
  deletePictures?: RecordsDeps['deletePictures'];
}

const graceMs = 2 * 24 * 60 * 60_000;
/** Clocks of one machine that are apart by less than this count as equal. */
const clocksApartMs = 60_000;
/** Small pages, so that the database answers other callers in between. */
const scanLimit = 200;

/** When the round was that counts, in epoch milliseconds. */
const Note = z.object({ since_ms: z.number() });
/** No task id begins like this. */
const noteKey = '#expiry';

/** One round. */
export async function deleteExpired(deps: ExpiryDeps, nowMs: number): Promise<void> {
  const sinceMs = await readNote(deps);
  const isBehind = sinceMs === undefined || nowMs < sinceMs - clocksApartMs;
  if (!isBehind && nowMs < sinceMs + graceMs) return;
  if (!isBehind) await deleteExpiredBy(deps, sinceMs);
  const Item = toItem({ [key]: noteKey, since_ms: nowMs });
  await deps.dynamodb.send(new PutItemCommand({ TableName: deps.tableName, Item }));
}

/** What no process wrote counts as no round. */
async function readNote({ dynamodb, tableName: TableName }: ExpiryDeps): Promise<number | undefined> {
  const Key = toItem({ [key]: noteKey });
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  return Note.safeParse(fromItem(Item ?? {})).data?.since_ms;
}

/** Heads, pages and tombstones alike. Conditional, because a start may replace an expired record meanwhile. */
async function deleteExpiredBy(deps: ExpiryDeps, untilMs: number): Promise<void> {
  const { dynamodb: client, tableName: TableName, deletePictures } = deps;
  const expired = {
    ExpressionAttributeNames: { '#expiry': expiry },
    ExpressionAttributeValues: { ':until': { N: String(Math.floor(untilMs / 1_000)) } },
  };
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page: ScanCommandOutput = await client.send(
      new ScanCommand({
        TableName,
        ...expired,
        FilterExpression: '#expiry <= :until',
        Limit: scanLimit,
        ExclusiveStartKey,
      }),
    );
    for (const item of page.Items ?? []) {
      // Pages of faces have longer keys, and other items of the table begin with a sign that no id has.
      const id = DetectTaskId.safeParse(item[key]?.S);
      // First: nothing but the record tells of them.
      if (id.success) await deletePictures?.(id.data, Number(item['attempt']?.N ?? 1));
      const command = new DeleteItemCommand({
        TableName,
        Key: { [key]: item[key] ?? { NULL: true } },
        ...expired,
        ConditionExpression: '#expiry <= :until',
      });
      await unlessConflict(client.send(command));
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
