/**
 * A leg is one execution's share of an attempt. A Standard execution lives as long as its attempt does; an Express one
 * ends after five minutes, so that it hands over before, to an execution that it names.
 */
import { iso, type LeaseHolder } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Policy } from './policy.ts';
import type { PollState } from './state.ts';

export interface Segment {
  number: number;
  /** When this execution began. */
  sinceMs: number;
  /** No invocation of this execution begins or asks later. */
  endsAtMs: number;
  isFirstInvocation: boolean;
}

/** `enteredMs`: when the workflow began to want this invocation. */
export function segmentOf(
  executionName: string,
  carried: PollState | undefined,
  enteredMs: number,
  policy: Policy,
): Segment {
  const isFirstInvocation =
    carried === undefined || (carried.not_before !== undefined && carried.execution_since === undefined);
  const sinceMs = isFirstInvocation ? enteredMs : Date.parse(carried.execution_since ?? iso(enteredMs));
  return {
    number: numberOf(executionName),
    sinceMs,
    endsAtMs: sinceMs + policy.segmentMs,
    isFirstInvocation,
  };
}

/** Named by whoever started it, an execution is the first. */
const numberOf = (executionName: string): number => Number(/^\d+_(\d+)-/.exec(executionName)?.[1] ?? 1);

/** Who polls after this execution: `<attempt>_<leg>-<id>`, at most 74 characters in the longest deadline. */
export function successorOf(
  { detect_task_id, attempt, execution_arn }: Head,
  segment: Segment,
): Pick<LeaseHolder, 'execution_name' | 'execution_arn'> {
  const execution_name = `${attempt}_${segment.number + 1}-${detect_task_id}`;
  // The name stands in it, and behind that what tells this execution from others of the name.
  const machine = execution_arn.split(':').slice(0, 7).join(':');
  return { execution_name, execution_arn: `${machine}:${execution_name}` };
}

/**
 * Whether to wait here for a poll at `nextPollMs`, or to hand over now. A wait longer than any leg is begun here: each
 * of the next ones takes as much of it as it lives.
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
