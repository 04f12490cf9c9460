/**
 * The highest number of shards that records were ever spread over. A record stays in the shard that it was written to,
 * so the indexes are read that far even after the setting was lowered.
 */
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import type { RecordsDeps } from './head.ts';
import { fromItem, toItem } from './item.ts';
import { key, maxShards } from './table.ts';
import { unlessConflict } from './update.ts';

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= maxShards;

export type ShardCount = ReturnType<typeof createShardCount>;

export function createShardCount({ client, tableName: TableName, defaults: { shards } }: RecordsDeps) {
  const Key = toItem({ [key]: '#shards' });

  async function noted(): Promise<number> {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    if (Item === undefined) return 1;
    const { shards: stored } = fromItem<{ shards: unknown }>(Item);
    // What no poller wrote hides nothing.
    return isCount(stored) ? stored : maxShards;
  }

  async function noteAndRead(): Promise<number> {
    const known = await noted();
    if (known < shards)
      await unlessConflict(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: 'SET shards = :shards',
            ConditionExpression: 'attribute_not_exists(shards) OR shards < :shards',
            ExpressionAttributeValues: toItem({ ':shards': shards }),
          }),
        ),
      );
    return Math.max(shards, known);
  }

  const noteOnce = onceDone(noteAndRead);
  return {
    highest: onceDone(async () => Math.max(shards, await noted())),
    /** Before the first write to any shard, so that every record can be found; one shard is there without a note. */
    note: async (): Promise<void> => {
      if (shards > 1) await noteOnce();
    },
  };
}

/** Only a deployment changes the answer, and it ends the process. A failure is tried again. */
function onceDone<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return async () => {
    try {
      return await (result ??= work());
    } catch (error) {
      result = undefined;
      throw error;
    }
  };
}
