/** What a task has taken so far, over all attempts, as a visit knows it: exact without faults, else a lower bound. */
import type { Head } from '../records/item.ts';
import type { Accounting } from '../records/complete.ts';
import type { Leg } from './continuation.ts';
import { functionMemoryMb } from './policy.ts';
import type { Carried } from './state.ts';

export interface Taken {
  /** What was counted before this visit. */
  before: Carried | Head;
  leg: Leg;
  startedMs: number;
  nowMs: number;
  /** Calls of this visit. */
  polls: number;
  /** The states that the workflow enters after this visit, where they are known. */
  statesToCome: number;
}

export function accountingOf({ before, leg, startedMs, nowMs, polls, statesToCome }: Taken): Accounting {
  const { isFirstVisit, sinceMs } = leg;
  return {
    polls: before.polls + polls,
    visits: before.visits + 1,
    // Poll itself, and for a visit after the first also the Choice and the Wait before it.
    transitions: before.transitions + (isFirstVisit ? 1 : 3) + statesToCome,
    // A clock that was set back meanwhile must not make a state that no visit takes.
    lambda_ms: before.lambda_ms + Math.max(nowMs - startedMs, 0),
    legs: (before.legs ?? 0) + (isFirstVisit ? 1 : 0),
    workflow_ms: (before.workflow_ms ?? 0) + Math.max(nowMs - sinceMs, 0),
    memory_mb: functionMemoryMb,
  };
}
