/** The index of what is due: leases that have expired, final records that wait to be published, deletions cut short. */
import { type AttributeValue, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';

import { iso } from '../clock.ts';
import type { DetectTaskId } from '../detection/input.ts';
import { longestAheadMs, type RecordsDeps } from './head.ts';
import { fromItem, toItem } from './item.ts';
import type { ShardCount } from './shards.ts';
import { due, expiringShard, key } from './table.ts';

/** The last instant whose text sorts as its time does. */
const endOfTime = Date.UTC(9999, 11, 31);

/** Small enough to be worked through before the next batch is read. */
const batchSize = 100;

export function createDue(deps: RecordsDeps, shardCount: ShardCount) {
  const { client, tableName: TableName, now, deletePictures } = deps;

  async function* dueInShard(
    shard: number,
    comparison: '<=' | '>',
    atMs: number,
  ): AsyncGenerator<DetectTaskId> {
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const answer: QueryCommandOutput = await client.send(
        new QueryCommand({
          TableName,
          IndexName: due.indexName,
          KeyConditionExpression: `#shard = :shard AND #at ${comparison} :at`,
          ExpressionAttributeNames: { '#shard': due.partitionKey, '#at': due.sortKey },
          ExpressionAttributeValues: toItem({ ':shard': shard, ':at': iso(atMs) }),
          Limit: batchSize,
          ExclusiveStartKey,
        }),
      );
      for (const item of answer.Items ?? []) yield fromItem<Record<typeof key, DetectTaskId>>(item)[key];
      ExclusiveStartKey = answer.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
  }

  return {
    /**
     * Ids of what is due by then, in each shard the longest due first; what a wrong clock made due long after it, last.
     * The index may lag behind the records.
     */
    async *dueIds(untilMs: number): AsyncGenerator<DetectTaskId> {
      // Begins at another shard each minute, so that a caller that runs out of time never misses the same shard always.
      const first = Math.floor(now() / 60_000);
      const shards = await shardCount.highest();
      for (let index = 0; index < shards; index++) {
        const shard = (first + index) % shards;
        yield* dueInShard(shard, '<=', untilMs);
        if (deletePictures !== undefined) yield* dueInShard(expiringShard(shard), '<=', untilMs);
        yield* dueInShard(shard, '>', untilMs + longestAheadMs);
      }
    },
    /** Ids of what is not done: open records, and final ones that wait to be published, delivered or deleted. */
    async *undoneIds(): AsyncGenerator<DetectTaskId> {
      const shards = await shardCount.highest();
      for (let shard = 0; shard < shards; shard++) yield* dueInShard(shard, '<=', endOfTime);
    },
  };
}
