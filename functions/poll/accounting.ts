import type { Accounting } from '../records/complete.ts';
/** What a task has taken so far, over all attempts, as an invocation knows it: exact without faults, else a lower bound. */
import type { Head } from '../records/item.ts';
import type { Segment } from './continuation.ts';
import { functionMemoryMb } from './policy.ts';
import type { PollState } from './state.ts';

export interface Taken {
  /** What was counted before this invocation. */
  before: PollState | Head;
  segment: Segment;
  startedMs: number;
  nowMs: number;
  /** Calls of this invocation. */
  polls: number;
  /** The states that the workflow enters after this invocation, where they are known. */
  statesToCome: number;
}

export function accountingOf({ before, segment, startedMs, nowMs, polls, statesToCome }: Taken): Accounting {
  const { isFirstInvocation, sinceMs } = segment;
  return {
    polls: before.polls + polls,
    invocations: before.invocations + 1,
    // Poll itself, and for an invocation after the first also the Choice and the Wait before it.
    transitions: before.transitions + (isFirstInvocation ? 1 : 3) + statesToCome,
    // A clock that was set back meanwhile must not make a state that no invocation takes.
    lambda_ms: before.lambda_ms + Math.max(nowMs - startedMs, 0),
    executions: (before.executions ?? 0) + (isFirstInvocation ? 1 : 0),
    workflow_ms: (before.workflow_ms ?? 0) + Math.max(nowMs - sinceMs, 0),
    memory_mb: functionMemoryMb,
  };
}
