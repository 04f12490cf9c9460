/** The names of the table: shared by the store that uses it and the infrastructure that creates it. */

export const key = 'detect_task_id';
export const expiry = 'expires_at';

/** Newest first by status; sharded in the key so that one busy status does not throttle the table. */
export const byStatus = {
  indexName: 'by_status',
  partitionKey: 'status_shard',
  sortKey: 'updated_at',
} as const;

/** Who must act, by when: only records that somebody still has to do something for are in it. */
export const due = {
  indexName: 'due',
  partitionKey: 'due_shard',
  sortKey: 'due_at',
} as const;

/** Shard 0 always exists, so that a writer that cannot compute a shard (the workflow itself) may use it. */
export const statusShard = (status: string, shard: number): string => `${status}#${shard}`;

/** One of `shards` numbers for a task, the same each time: spreads keys that would otherwise be hot. */
export function shardOf(detectTaskId: string, shards: number): number {
  let sum = 0;
  for (const letter of detectTaskId) sum = (sum * 31 + letter.charCodeAt(0)) % 1_000_003;
  return sum % shards;
}
