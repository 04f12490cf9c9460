/**
 * A segment is one execution's share of an attempt. A Standard execution lives as long as its attempt. An Express one
 * ends after five minutes, so before that it hands off to a successor that it names.
 */
import type { LeaseHolder } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Policy } from './policy.ts';
import type { PollState } from './state.ts';

export interface Segment {
  /** When this execution began. */
  sinceMs: number;
  /** When it asked for the present invocation: until then it certainly ran. */
  enteredMs: number;
  /** No invocation of this execution polls later. */
  endsAtMs: number;
}

/** An execution's first invocation begins when the workflow asks for it. */
export function segmentOf(carried: PollState | undefined, enteredMs: number, policy: Policy): Segment {
  const sinceMs = carried?.execution_since === undefined ? enteredMs : Date.parse(carried.execution_since);
  // Begun in the future: the clock was set back, and how long this execution has run is not known. It hands off now.
  const isAhead = sinceMs > enteredMs && Number.isFinite(policy.segmentMs);
  return { sinceMs, enteredMs, endsAtMs: isAhead ? enteredMs : sinceMs + policy.segmentMs };
}

/** The execution that polls next: `<attempt>_<segment>-<id>`, at most 74 characters in the longest deadline. */
export function successorOf(
  head: Head,
): Pick<LeaseHolder, 'execution_name' | 'execution_arn'> & { segment: number } {
  const segment = (head.segment ?? 1) + 1;
  const execution_name = `${head.attempt}_${segment}-${head.detect_task_id}`;
  // The ARN names the machine, then the execution, then what tells executions of one name apart.
  const machine = head.execution_arn.split(':').slice(0, 7).join(':');
  return { execution_name, execution_arn: `${machine}:${execution_name}`, segment };
}

/**
 * Until when to wait in this execution for a poll at `nextPollMs`; nothing where it is time to hand off. A wait longer
 * than any segment begins here, and each successor takes its share.
 */
export function waitUntilMs(
  nextPollMs: number,
  nowMs: number,
  segment: Segment,
  policy: Policy,
): number | undefined {
  if (nextPollMs <= segment.endsAtMs) return nextPollMs;
  if (nextPollMs - nowMs <= policy.segmentMs) return undefined;
  const untilEndMs = segment.endsAtMs - nowMs;
  return untilEndMs < policy.minWaitSeconds * 1_000 ? undefined : segment.endsAtMs;
}
