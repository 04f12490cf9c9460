/** What an invocation returns to the workflow. */
import { iso } from '../clock.ts';
import { type DetectionError, detectionError } from '../detection/error-codes.ts';
import { isFinal, outcomeOf } from '../detection/types.ts';
import type { Head } from '../records/item.ts';
import type { Progress, Unreported } from './progress.ts';
import type { InvocationResult, PollState } from './state.ts';

/** What an execution hands to itself over a wait, apart from the totals. */
export interface HandOff extends Pick<
  Progress,
  'head' | 'history' | 'segment' | 'pollingSinceMs' | 'reason'
> {
  waitSeconds: number;
  /** `NaN` where no poll has seen the task at work. */
  pendingAtMs?: number;
  /** Nothing where an execution only waits for another one's record. */
  unreported?: Unreported;
  /** The end of a wait that goes on beyond this execution. */
  notBeforeMs?: number | undefined;
  /** The slot that the next poll has reserved. */
  slot?: number | undefined;
}

type Totals = Pick<Head, 'polls' | 'invocations' | 'transitions' | 'lambda_ms' | 'executions'> & {
  /** Without the execution under way, which counts when it ends. */
  workflow_ms?: number | undefined;
};

export function waitResult(handOff: HandOff, totals: Totals): PollState {
  const { head, history, waitSeconds, pollingSinceMs, segment, notBeforeMs, slot } = handOff;
  const { pendingAtMs = Number.NaN, unreported, reason } = handOff;
  return {
    v: 2,
    next: 'wait',
    detect_task_id: head.detect_task_id,
    attempt: head.attempt,
    wait_seconds: waitSeconds,
    polling_since: iso(pollingSinceMs),
    has_seen_processing: history.hasSeenProcessing,
    troubles: history.troubles,
    holds: history.holds,
    violations: history.violations,
    code_at_deadline: history.codeAtDeadline,
    ...(reason !== undefined && { reason }),
    ...(!Number.isNaN(pendingAtMs) && { pending_at: iso(pendingAtMs) }),
    ...(unreported !== undefined && carriedCounts(unreported)),
    ...(slot !== undefined && { slot }),
    polls: totals.polls,
    invocations: totals.invocations,
    transitions: totals.transitions,
    lambda_ms: totals.lambda_ms,
    ...(totals.executions !== undefined && { executions: totals.executions }),
    ...(totals.workflow_ms !== undefined && { workflow_ms: totals.workflow_ms }),
    execution_since: iso(segment.sinceMs),
    ...(notBeforeMs !== undefined && { not_before: iso(notBeforeMs) }),
  };
}

function carriedCounts({ sinceMs, slotWaitMs, ...counts }: Unreported): Pick<PollState, 'unreported'> {
  if (sinceMs === Infinity) return {};
  const slotWait = slotWaitMs === undefined ? {} : { slot_wait_ms: slotWaitMs };
  return { unreported: { since: iso(sinceMs), ...counts, ...slotWait } };
}

/** The input of the successor is the carried state of an execution that has not started yet. */
export function continueResult(
  handOff: HandOff & { notBeforeMs: number },
  totals: Totals,
  name: string,
): InvocationResult {
  const { execution_since: _, ...input } = waitResult(handOff, totals);
  return { v: 2, next: 'continue', detect_task_id: input.detect_task_id, continuation: { name, input } };
}

export function finalResult(head: Head): InvocationResult {
  const { detect_task_id, status, error } = head;
  if (!isFinal(status))
    throw new Error(`${detect_task_id}: expected a final record, its status is ${status}`);
  if (status === 'abandoned')
    return abandonedResult(detect_task_id, error ?? detectionError('EXECUTION_LOST'));
  return { v: 2, next: 'settled', detect_task_id, output: outcomeOf(head) };
}

export const abandonedResult = (
  detect_task_id: string,
  { code, message }: Pick<DetectionError, 'code' | 'message'>,
): InvocationResult => ({
  v: 2,
  next: 'abandoned',
  detect_task_id,
  error: { code, message },
});

export const rejectedInputResult = (message: string): InvocationResult => ({
  v: 2,
  next: 'rejected-input',
  error: { code: 'InvalidInput', message },
});
