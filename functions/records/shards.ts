/**
 * The highest number of shards that records were ever spread over. A record stays in the shard that it was written to,
 * so the indexes are read that far even after the setting was lowered.
 */
import { ConditionalCheckFailedException, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import type { RecordsDeps } from './head.ts';
import { fromItem, toItem } from './item.ts';
import { key } from './table.ts';

export type ShardCount = ReturnType<typeof createShardCount>;

export function createShardCount({ client, tableName: TableName, defaults: { shards } }: RecordsDeps) {
  const Key = toItem({ [key]: '#shards' });

  async function highest(): Promise<number> {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    return Math.max(shards, Item === undefined ? 1 : fromItem<{ shards: number }>(Item).shards);
  }

  async function noteAndRead(): Promise<number> {
    // One shard is there without being noted.
    if (shards > 1)
      await client
        .send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: 'SET shards = :shards',
            ConditionExpression: 'attribute_not_exists(shards) OR shards < :shards',
            ExpressionAttributeValues: toItem({ ':shards': shards }),
          }),
        )
        .catch((error: unknown) => {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        });
    return highest();
  }

  return { highest: onceDone(highest), noteAndRead: onceDone(noteAndRead) };
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
