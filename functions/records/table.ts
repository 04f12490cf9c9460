/** The names of the table: shared by the store that uses it and the infrastructure that creates it. */

export const key = 'detect_task_id';
export const expiry = 'expires_at';

/** Newest first by status; sharded in the key so that one busy status does not throttle the table. */
export const byStatus = {
  indexName: 'by_status',
  partitionKey: 'status_shard',
  sortKey: 'updated_at',
  projected: ['face_count', expiry],
} as const;

/** Who must act, by when: only records that somebody still has to do something for are in it. */
export const due = {
  indexName: 'due',
  partitionKey: 'due_shard',
  sortKey: 'due_at',
} as const;

/** Shard 0 always exists, so that a writer that cannot compute a shard (the workflow itself) may use it. */
export const statusShard = (status: string, shard: number): string => `${status}#${shard}`;
