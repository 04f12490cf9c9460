/** The lease of the execution that polls a task: renewed before it expires, and checked while the invocation lasts. */
import { isFinal } from '../detection/types.ts';
import { dueAt } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import { leaseExpiresAtMs } from '../records/lease.ts';
import type { Records } from '../records/records.ts';
import type { Policy } from './policy.ts';

interface LeaseDeps {
  records: Pick<Records, 'read' | 'progress'>;
  clock: { now(): number };
  policy: Policy;
}

/** A lease that expires sooner than this after the next poll could expire while that invocation still works. */
const marginMs = 60_000;
/** A long invocation reads the record this often: the task may have been ended or taken over. */
const checkEveryMs = 30_000;

/** A renewal that the deadline would cap to the same moment changes nothing. */
export function shouldRenewLease(head: Head, nextPollMs: number, policy: Policy): boolean {
  const expiresAtMs = leaseExpiresAtMs(head);
  const mustLastMs = nextPollMs + policy.laterInvocationMs + marginMs;
  return expiresAtMs < mustLastMs && Date.parse(dueAt(nextPollMs, head.deadline_at)) > expiresAtMs;
}

/** For a poll that comes now. */
export async function renewLease(
  { records, clock, policy }: LeaseDeps,
  head: Head,
): Promise<Head | 'conflict'> {
  const nextPollMs = clock.now();
  if (!shouldRenewLease(head, nextPollMs, policy)) return head;
  return records.progress(head, { nextPollMs });
}

/** Whether this execution still holds the lease, to be asked before each poll. */
export function createLeaseCheck({ records, clock }: LeaseDeps, held: Head): () => Promise<boolean> {
  let checkedAtMs = clock.now();
  return async () => {
    if (clock.now() - checkedAtMs < checkEveryMs) return true;
    const current = await records.read(held.detect_task_id);
    checkedAtMs = clock.now();
    if (current.kind !== 'head' || isFinal(current.head.status)) return false;
    return current.head.execution_arn === held.execution_arn;
  };
}
