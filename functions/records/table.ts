/** The names of the table, shared by the records and the infrastructure that creates it. */

export const key = 'detect_task_id';
export const expiry = 'expires_at';

/** Newest first by status; the key is sharded so that one busy status does not throttle the table. */
export const byStatus = {
  indexName: 'by_status',
  partitionKey: 'status_shard',
  sortKey: 'updated_at',
} as const;

/** What is due, and when: leases of open records, outbox entries of final ones, pictures that expire. Other settled records are not in it. */
export const due = {
  indexName: 'due',
  partitionKey: 'due_shard',
  sortKey: 'due_at',
} as const;

/** Shard 0 always exists: the workflow, which cannot compute a shard, writes to it. */
export const statusShard = (status: string, shard: number): string => `${status}#${shard}`;

/** Where records wait to expire whose pictures go with them: apart, because until then nothing is to be done. */
export const expiringShard = (shard: number): number => -1 - shard;
export const isExpiring = (shard: number | undefined): boolean => shard !== undefined && shard < 0;

/** One of `shards` numbers for a task, the same each time: spreads keys that would otherwise be hot. */
export function shardOf(detectTaskId: string, shards: number): number {
  let sum = 0;
  for (const letter of detectTaskId) sum = (sum * 31 + letter.charCodeAt(0)) % 1_000_003;
  return sum % shards;
}

/** Of the indexes. */
export const maxShards = 64;
