/** What a visit hands back to the workflow, and takes from it again. */
import { detectionError } from '../detection/error-codes.ts';
import { isFinal, outcomeOf } from '../detection/types.ts';
import { iso } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Answer } from '../records/complete.ts';
import { type Decision, type History, noHistory } from './decide.ts';
import type { Leg } from './continuation.ts';
import type { Carried, VisitAnswer } from './state.ts';

/** What an execution hands to itself over a wait, but for what it has taken. */
export interface Handed {
  head: Head;
  history: History;
  waitSeconds: number;
  pollingSinceMs: number;
  leg: Leg;
  /** `NaN` where no poll has seen the task at work. */
  pendingAtMs?: number;
  /** Of a wait that goes on beyond this execution. */
  notBeforeMs?: number | undefined;
  /** What the next poll has booked. */
  slot?: number | undefined;
}

/** `workflow_ms` stays without the execution under way: that is counted when it ends. */
export function carry(handed: Handed, totals: Totals): Carried {
  const { head, history, waitSeconds, pollingSinceMs, leg, notBeforeMs, slot } = handed;
  const { pendingAtMs = Number.NaN } = handed;
  return {
    v: 1,
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
    visits: totals.visits,
    transitions: totals.transitions,
    lambda_ms: totals.lambda_ms,
    ...(totals.legs !== undefined && { legs: totals.legs }),
    ...(totals.workflow_ms !== undefined && { workflow_ms: totals.workflow_ms }),
    leg_since: iso(leg.sinceMs),
    ...(notBeforeMs !== undefined && { not_before: iso(notBeforeMs) }),
  };
}

type Totals = Pick<Head, 'polls' | 'visits' | 'transitions' | 'lambda_ms' | 'legs'> & {
  workflow_ms?: number | undefined;
};

/** What an execution hands to the one after it, which has not begun yet. */
export function relay(handed: Handed & { notBeforeMs: number }, totals: Totals, name: string): VisitAnswer {
  const { leg_since: _, ...input } = carry(handed, totals);
  return { v: 1, next: 'relay', detect_task_id: input.detect_task_id, leg: { name, input } };
}

export const startOfHistory = (head: Head): History => ({
  ...noHistory,
  hasSeenProcessing: head.status === 'processing',
});

export const historyOf = (carried: Carried): History => ({
  hasSeenProcessing: carried.has_seen_processing,
  troubles: carried.troubles,
  holds: carried.holds,
  violations: carried.violations,
  codeAtDeadline: carried.code_at_deadline,
});

export function finalAnswer(head: Head): VisitAnswer {
  const { detect_task_id, status, error } = head;
  if (!isFinal(status))
    throw new Error(`${detect_task_id}: a final answer was expected, its status is ${status}`);
  if (status === 'abandoned') return abandoned(detect_task_id, error ?? detectionError('EXECUTION_LOST'));
  return { v: 1, next: 'settled', detect_task_id, output: outcomeOf(head) };
}

export const abandoned = (
  detect_task_id: string,
  { code, message }: { code: string; message: string },
): VisitAnswer => ({
  v: 1,
  next: 'abandoned',
  detect_task_id,
  error: { code, message },
});

export const refused = (message: string): VisitAnswer => ({
  v: 1,
  next: 'refused',
  error: { code: 'InvalidInput', message },
});

export function answerOf(answer: Extract<Decision, { next: 'settle' }>['answer']): Answer {
  if (answer.kind === 'failed')
    return { status: 'failed', error: detectionError(answer.code, answer.provider) };
  const { kind: _, ...rest } = answer;
  return { status: 'succeeded', ...rest };
}
