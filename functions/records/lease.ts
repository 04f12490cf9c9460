/**
 * Which execution polls a task. The record of an open task is a lease: held by one execution, until `due_at`.
 *
 * Attempt, execution name and execution ARN together are the lease's fencing token: an execution that takes the lease
 * over writes another token, and each write of a holder is conditional on its own. So a holder that comes back late,
 * from a frozen sandbox or a retried invocation, changes nothing. The ARN is part of the token because several Express
 * executions may run under one name.
 */
import { iso } from '../clock.ts';
import type { OpenStatus } from '../detection/types.ts';
import { type Accounting, dueAt, type LeaseHolder, type RecordsDeps, statusOf } from './head.ts';
import type { Head } from './item.ts';
import type { Change, Update } from './update.ts';

type Condition = Required<Pick<Change, 'condition' | 'values'>>;

/** Not final and not forgotten. */
export const ifOpen: Condition = {
  condition: 'attribute_exists(#detect_task_id) AND #status IN (:starting, :processing)',
  values: { starting: 'starting', processing: 'processing' },
};

/** Open, and the fencing token is ours. */
export const ifHeldByMe = ({ attempt, execution_name, execution_arn }: LeaseHolder): Condition => ({
  condition: `${ifOpen.condition} AND #attempt = :attempt AND #execution_name = :execution_name AND #execution_arn = :execution_arn`,
  values: { ...ifOpen.values, attempt, execution_name, execution_arn },
});

/** Held by the same execution, which has not renewed the lease since it was read as expired. */
export function ifStillExpired(seen: Head): Condition {
  const { condition, values } = ifHeldByMe(seen);
  return { condition: `${condition} AND #due_at = :seen_due`, values: { ...values, seen_due: seen.due_at } };
}

/** When the lease of an open record expires. */
export const leaseExpiresAtMs = ({ due_at }: Head): number =>
  due_at === undefined ? -Infinity : Date.parse(due_at);

type Execution = Pick<LeaseHolder, 'execution_name' | 'execution_arn'>;

export function createLease({ defaults, now }: RecordsDeps, update: Update) {
  return {
    /** News of the holder: a status that readers see, or a later next poll, which renews the lease. */
    progress(
      seen: Head,
      news: { status?: OpenStatus; nextPollMs?: number } & Partial<Accounting>,
    ): Promise<Head | 'conflict'> {
      const { detect_task_id, deadline_at } = seen;
      const { status, nextPollMs, ...accounting } = news;
      const set = {
        ...(status !== undefined && statusOf(detect_task_id, status, defaults.shards)),
        ...accounting,
        // An index entry that moves costs two writes.
        ...(nextPollMs !== undefined && { due_at: dueAt(nextPollMs, deadline_at) }),
        updated_at: iso(now()),
      };
      return update(detect_task_id, { set, ...ifHeldByMe(seen) });
    },

    /** The first execution of the expected name has begun: from now on the lease is held under its ARN. */
    bindExecution: (seen: Head, execution_arn: string): Promise<Head | 'conflict'> =>
      update(seen.detect_task_id, { set: { execution_arn }, ...ifHeldByMe(seen) }),

    /** The holder passes the lease to the execution that polls next. */
    handOff(
      seen: Head,
      successor: Execution & { segment: number },
      news: { nextPollMs: number } & Accounting,
    ): Promise<Head | 'conflict'> {
      const { nextPollMs, ...accounting } = news;
      const renewed = { due_at: dueAt(nextPollMs, seen.deadline_at), updated_at: iso(now()) };
      const set = { ...accounting, ...successor, ...renewed };
      return update(seen.detect_task_id, { set, ...ifHeldByMe(seen) });
    },

    /** Another execution becomes the holder, provided that the expired lease is still as it was read. */
    takeOverExpiredLease(seen: Head, execution: Execution): Promise<Head | 'conflict'> {
      const { detect_task_id, due_at, execution_name, deadline_at } = seen;
      const isDueAsSeen = due_at === undefined ? 'attribute_not_exists(#due_at)' : '#due_at = :seen_due';
      return update(detect_task_id, {
        set: { ...execution, due_at: dueAt(now(), deadline_at), updated_at: iso(now()) },
        condition: `${ifOpen.condition} AND #execution_name = :seen_name AND ${isDueAsSeen}`,
        values: {
          ...ifOpen.values,
          seen_name: execution_name,
          ...(due_at !== undefined && { seen_due: due_at }),
        },
      });
    },

    /** The lease has expired but its holder runs: the sweep looks again a few minutes from now, and at the deadline. */
    postpone: (seen: Head): Promise<Head | 'conflict'> =>
      update(seen.detect_task_id, {
        set: { due_at: dueAt(now(), seen.deadline_at) },
        ...ifStillExpired(seen),
      }),
  };
}
