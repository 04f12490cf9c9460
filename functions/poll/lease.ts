/** How long a visit may go on, and what it must see to so that its execution is not taken for lost meanwhile. */
import { isFinal } from '../detection/types.ts';
import { dueAt } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Store } from '../records/store.ts';
import type { Leg } from './continuation.ts';
import { type Policy, reserveSeconds } from './policy.ts';

export interface Span {
  startedMs: number;
  /** When the invocation would be stopped. */
  endsAtMs: number;
  /** When the workflow began to want this visit. */
  enteredMs: number;
}

/** A due time this near would pass while somebody is still at work. */
const dueMarginMs = 60_000;

export const visitEndsAtMs = (policy: Policy, leg: Leg, { startedMs, endsAtMs }: Span): number =>
  Math.min(
    startedMs + (leg.isFirstVisit ? policy.firstVisitMs : policy.laterVisitMs),
    endsAtMs - reserveSeconds * 1_000,
    leg.endsAtMs,
  );

/**
 * The next visit must have ended before anybody takes its execution for lost. A renewal that the deadline would cap to
 * the same moment changes nothing.
 */
export function mustRenewDue(head: Head, nextPollMs: number, policy: Policy): boolean {
  if (head.due_at === undefined) return true;
  const mustLastMs = nextPollMs + policy.laterVisitMs + dueMarginMs;
  return Date.parse(head.due_at) < mustLastMs && dueAt(nextPollMs, head.deadline_at) > head.due_at;
}

export async function isStillMine(store: Store, { detect_task_id, execution_arn }: Head): Promise<boolean> {
  const current = await store.read(detect_task_id);
  return (
    current.kind === 'head' && current.head.execution_arn === execution_arn && !isFinal(current.head.status)
  );
}
