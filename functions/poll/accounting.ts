/** What a task has cost over all attempts: exact without faults, otherwise a lower bound. */
import type { Accounting } from '../records/head.ts';
import { functionMemoryMb } from './policy.ts';
import type { Progress } from './progress.ts';

/** After the last invocation of an execution the workflow enters the Choice and the state that ends it. */
const endingStates = 2;

/** More than a cold start. An invocation that begins later is a repetition: its execution may have ended meanwhile. */
const lateMs = 2_000;

function accountingOf(progress: Progress, nowMs: number, statesToCome: number): Accounting {
  const { before, segment, isFirstInvocation, startedMs, polls } = progress;
  const isLate = startedMs - segment.enteredMs > lateMs;
  const ranUntilMs = isLate ? segment.enteredMs : nowMs;
  return {
    polls: before.polls + polls,
    invocations: before.invocations + 1,
    // Poll itself; a later invocation also counts the Choice and the Wait before it.
    transitions: before.transitions + (isFirstInvocation ? 1 : 3) + (isLate ? 0 : statesToCome),
    // A clock that was set back must not make a negative count, which the state's schema rejects.
    lambda_ms: before.lambda_ms + Math.max(nowMs - startedMs, 0),
    executions: (before.executions ?? 0) + (isFirstInvocation ? 1 : 0),
    workflow_ms: (before.workflow_ms ?? 0) + Math.max(ranUntilMs - segment.sinceMs, 0),
    memory_mb: functionMemoryMb,
  };
}

/** The account of an execution that ends with this invocation. */
export const endOfExecution = (progress: Progress, nowMs: number): Accounting =>
  accountingOf(progress, nowMs, endingStates);

/** The account that goes on in this execution, whose own duration counts when it ends. */
export const withinExecution = (progress: Progress, nowMs: number) => ({
  ...accountingOf(progress, nowMs, 0),
  workflow_ms: progress.before.workflow_ms,
});

/**
 * The account for the record of an execution that goes on. Executions count when they end and states when they are
 * carried: a first invocation that is repeated starts from the record and would count them twice.
 */
export function soFarForRecord(progress: Progress, nowMs: number): Accounting {
  const { workflow_ms = 0, transitions } = progress.before;
  const account = accountingOf(progress, nowMs, 0);
  return { ...account, executions: account.executions - 1, workflow_ms, transitions };
}
