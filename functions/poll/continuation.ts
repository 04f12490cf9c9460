/**
 * A leg is one execution's share of an attempt. A Standard execution lives as long as its attempt does; an Express one
 * ends after five minutes, so that it hands over before, to an execution that it names.
 */
import { iso, type Owner } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Policy } from './policy.ts';
import type { Carried } from './state.ts';

export interface Leg {
  number: number;
  /** When this execution began. */
  sinceMs: number;
  /** No visit of this execution begins or asks later. */
  endsAtMs: number;
  isFirstVisit: boolean;
}

/** `enteredMs`: when the workflow began to want this visit. */
export function legOf(
  executionName: string,
  carried: Carried | undefined,
  enteredMs: number,
  policy: Policy,
): Leg {
  const isFirstVisit =
    carried === undefined || (carried.not_before !== undefined && carried.leg_since === undefined);
  const sinceMs = isFirstVisit ? enteredMs : Date.parse(carried.leg_since ?? iso(enteredMs));
  return { number: numberOf(executionName), sinceMs, endsAtMs: sinceMs + policy.legMs, isFirstVisit };
}

/** Named by whoever started it, an execution is the first. */
const numberOf = (executionName: string): number => Number(/^\d+_(\d+)-/.exec(executionName)?.[1] ?? 1);

/** Who polls after this execution: `<attempt>_<leg>-<id>`, at most 74 characters in the longest deadline. */
export function heirOf(
  { detect_task_id, attempt, execution_arn }: Head,
  leg: Leg,
): Pick<Owner, 'execution_name' | 'execution_arn'> {
  const execution_name = `${attempt}_${leg.number + 1}-${detect_task_id}`;
  // The name stands in it, and behind that what tells this execution from others of the name.
  const machine = execution_arn.split(':').slice(0, 7).join(':');
  return { execution_name, execution_arn: `${machine}:${execution_name}` };
}

/**
 * Whether to wait here for a poll at `nextPollMs`, or to hand over now. A wait longer than any leg is begun here: each
 * of the next ones takes as much of it as it lives.
 */
export function waitHere(nextPollMs: number, nowMs: number, leg: Leg, policy: Policy): number | undefined {
  if (nextPollMs <= leg.endsAtMs) return nextPollMs;
  if (nextPollMs - nowMs <= policy.legMs) return undefined;
  const untilEndMs = leg.endsAtMs - nowMs;
  return untilEndMs < policy.minWaitSeconds * 1_000 ? undefined : leg.endsAtMs;
}
