/** How long an invocation may go on, and what it must see to so that its execution is not taken for lost meanwhile. */
import { isFinal } from '../detection/types.ts';
import { dueAt } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';
import type { Segment } from './continuation.ts';
import { type Policy, reserveSeconds } from './policy.ts';

export interface Span {
  startedMs: number;
  /** When the invocation would be stopped. */
  endsAtMs: number;
  /** When the workflow began to want this invocation. */
  enteredMs: number;
}

/** A due time this near would pass while somebody is still at work. */
const dueMarginMs = 60_000;

export const invocationEndsAtMs = (policy: Policy, segment: Segment, { startedMs, endsAtMs }: Span): number =>
  Math.min(
    startedMs + (segment.isFirstInvocation ? policy.firstInvocationMs : policy.laterInvocationMs),
    endsAtMs - reserveSeconds * 1_000,
    segment.endsAtMs,
  );

/**
 * The next invocation must have ended before anybody takes its execution for lost. A renewal that the deadline would cap to
 * the same moment changes nothing.
 */
export function shouldRenewLease(head: Head, nextPollMs: number, policy: Policy): boolean {
  if (head.due_at === undefined) return true;
  const mustLastMs = nextPollMs + policy.laterInvocationMs + dueMarginMs;
  return Date.parse(head.due_at) < mustLastMs && dueAt(nextPollMs, head.deadline_at) > head.due_at;
}

export async function isStillHeldByMe(
  records: Records,
  { detect_task_id, execution_arn }: Head,
): Promise<boolean> {
  const current = await records.read(detect_task_id);
  return (
    current.kind === 'head' && current.head.execution_arn === execution_arn && !isFinal(current.head.status)
  );
}
