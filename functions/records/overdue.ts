/**
 * Records that nobody was heard of in time, and what may be done about them: each step is a condition on the `due_at`
 * that was seen, so that whoever is alive after all wins.
 */
import { type AttributeValue, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';

import type { DetectionError } from '../detection/error-codes.ts';
import { isHeldByMe, heldByMe } from './conditions.ts';
import { createPages } from './faces.ts';
import { dueAt, finalAttributes, iso } from './head.ts';
import { fromItem, type Head, toItem } from './item.ts';
import type { StoreDeps } from './store.ts';
import { due, key } from './table.ts';
import { createUpdate } from './update.ts';

/** Small enough to be worked off before the next is asked for. */
const batchSize = 100;

export type Overdue = ReturnType<typeof createOverdue>;

export function createOverdue(deps: StoreDeps) {
  const { client, tableName: TableName, defaults, now } = deps;
  const pages = createPages(deps);
  const update = createUpdate(deps);

  async function* dueInShard(shard: number, untilMs: number): AsyncGenerator<string> {
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const answer: QueryCommandOutput = await client.send(
        new QueryCommand({
          TableName,
          IndexName: due.indexName,
          KeyConditionExpression: '#shard = :shard AND #at <= :until',
          ExpressionAttributeNames: { '#shard': due.partitionKey, '#at': due.sortKey },
          ExpressionAttributeValues: toItem({ ':shard': shard, ':until': iso(untilMs) }),
          Limit: batchSize,
          ExclusiveStartKey,
        }),
      );
      for (const item of answer.Items ?? []) yield fromItem<Record<typeof key, string>>(item)[key];
      ExclusiveStartKey = answer.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
  }

  return {
    /** Ids of what is due by then, the longest overdue first within each shard. The index may lag. */
    async *ids(untilMs: number): AsyncGenerator<string> {
      // Where the time does not suffice for all of them, no shard is always the last.
      const first = Math.floor(now() / 60_000);
      for (let index = 0; index < defaults.shards; index++)
        yield* dueInShard((first + index) % defaults.shards, untilMs);
    },

    /** Its owner is alive: it is asked after again a few minutes from now, and at the deadline. */
    postpone(seen: Head): Promise<Head | 'conflict'> {
      return update(seen.detect_task_id, {
        set: { due_at: dueAt(now(), seen.deadline_at) },
        condition: `${isHeldByMe} AND #due_at = :seen_due`,
        values: { ...heldByMe(seen), seen_due: seen.due_at },
      });
    },

    /** Gives up for an owner that cannot do it. */
    abandon(seen: Head, error: DetectionError): Promise<Head | 'conflict'> {
      return update(seen.detect_task_id, {
        set: { ...finalAttributes(seen.detect_task_id, 'abandoned', defaults, now()), error },
        condition: `${isHeldByMe} AND #due_at = :seen_due`,
        values: { ...heldByMe(seen), seen_due: seen.due_at },
      });
    },

    /** Deletes the pages that lost the race for a final record. */
    async clean(seen: Head, page_refs: Set<string>): Promise<Head | 'conflict'> {
      const { detect_task_id } = seen;
      await pages.delete(detect_task_id, page_refs);
      return update(detect_task_id, {
        delete: { page_refs },
        condition: '#due_at = :seen_due AND #status = :seen_status',
        values: { seen_due: seen.due_at, seen_status: seen.status },
      });
    },
  };
}
