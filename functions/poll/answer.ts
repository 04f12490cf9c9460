/** What an invocation hands back to the workflow, and takes from it again. */
import { detectionError } from '../detection/error-codes.ts';
import { isFinal, outcomeOf } from '../detection/types.ts';
import type { Answer } from '../records/complete.ts';
import { iso } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Segment } from './continuation.ts';
import { type Decision, type History, noHistory } from './decide.ts';
import type { PollState, InvocationResult } from './state.ts';

/** What an execution hands to itself over a wait, but for what it has taken. */
export interface HandOff {
  head: Head;
  history: History;
  waitSeconds: number;
  pollingSinceMs: number;
  segment: Segment;
  /** `NaN` where no poll has seen the task at work. */
  pendingAtMs?: number;
  /** Of a wait that goes on beyond this execution. */
  notBeforeMs?: number | undefined;
  /** What the next poll has booked. */
  slot?: number | undefined;
}

/** `workflow_ms` stays without the execution under way: that is counted when it ends. */
export function carry(handOff: HandOff, totals: Totals): PollState {
  const { head, history, waitSeconds, pollingSinceMs, segment, notBeforeMs, slot } = handOff;
  const { pendingAtMs = Number.NaN } = handOff;
  return {
    v: 2,
    next: 'wait',
    detect_task_id: head.detect_task_id,
    attempt: head.attempt,
    deadline_at: head.deadline_at,
    wait_seconds: waitSeconds,
    polling_since: iso(pollingSinceMs),
    has_seen_processing: history.hasSeenProcessing,
    troubles: history.troubles,
    holds: history.holds,
    violations: history.violations,
    code_at_deadline: history.codeAtDeadline,
    ...(!Number.isNaN(pendingAtMs) && { pending_at: iso(pendingAtMs) }),
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

type Totals = Pick<Head, 'polls' | 'invocations' | 'transitions' | 'lambda_ms' | 'executions'> & {
  workflow_ms?: number | undefined;
};

/** What an execution hands to the one after it, which has not begun yet. */
export function continuation(
  handOff: HandOff & { notBeforeMs: number },
  totals: Totals,
  name: string,
): InvocationResult {
  const { execution_since: _, ...input } = carry(handOff, totals);
  return { v: 2, next: 'continue', detect_task_id: input.detect_task_id, continuation: { name, input } };
}

export const startOfHistory = (head: Head): History => ({
  ...noHistory,
  hasSeenProcessing: head.status === 'processing',
});

export const historyOf = (carried: PollState): History => ({
  hasSeenProcessing: carried.has_seen_processing,
  troubles: carried.troubles,
  holds: carried.holds,
  violations: carried.violations,
  codeAtDeadline: carried.code_at_deadline,
});

export function finalAnswer(head: Head): InvocationResult {
  const { detect_task_id, status, error } = head;
  if (!isFinal(status))
    throw new Error(`${detect_task_id}: a final answer was expected, its status is ${status}`);
  if (status === 'abandoned') return abandoned(detect_task_id, error ?? detectionError('EXECUTION_LOST'));
  return { v: 2, next: 'settled', detect_task_id, output: outcomeOf(head) };
}

export const abandoned = (
  detect_task_id: string,
  { code, message }: { code: string; message: string },
): InvocationResult => ({
  v: 2,
  next: 'abandoned',
  detect_task_id,
  error: { code, message },
});

export const refused = (message: string): InvocationResult => ({
  v: 2,
  next: 'rejected-input',
  error: { code: 'InvalidInput', message },
});

export function answerOf(answer: Extract<Decision, { next: 'settle' }>['answer']): Answer {
  if (answer.kind === 'failed')
    return { status: 'failed', error: detectionError(answer.code, answer.provider) };
  const { kind: _, ...rest } = answer;
  return { status: 'succeeded', ...rest };
}
