/**
 * The records of one table: everything that reads or writes them goes through here. Writes are conditional updates of
 * a single item. A condition that does not hold is an answer, `'conflict'`, and not an error. After one, read the
 * record back: it may hold our own write, whose acknowledgement was lost.
 */
import { createAttempt } from './attempt.ts';
import { createComplete } from './complete.ts';
import { createDue } from './due.ts';
import { createPages } from './faces.ts';
import { createForget } from './forget.ts';
import type { RecordsDeps } from './head.ts';
import { createLease } from './lease.ts';
import { createList } from './list.ts';
import { createOutbox } from './outbox.ts';
import { createQuery } from './query.ts';
import { createShardCount } from './shards.ts';
import { createUpdate } from './update.ts';

export type Records = ReturnType<typeof createRecords>;

export function createRecords(deps: RecordsDeps) {
  const pages = createPages(deps);
  const shardCount = createShardCount(deps);
  const update = createUpdate(deps, shardCount.note);
  const query = createQuery(deps, pages);
  return {
    defaults: deps.defaults,
    ...query,
    ...createList(deps, shardCount),
    ...createAttempt(deps, { readStored: query.readStored, update, pages, noteShards: shardCount.note }),
    ...createLease(deps, update),
    ...createComplete(deps, { read: query.read, update, pages }),
    ...createOutbox(deps, update),
    ...createDue(deps, shardCount),
    ...createForget(deps, { readStored: query.readStored, pages }),
  };
}
