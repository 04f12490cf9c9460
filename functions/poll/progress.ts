/** What an invocation knows about the attempt that it polls. Each poll makes a new value. */
import { taskSinceMs } from '../detection/types.ts';
import type { Head } from '../records/item.ts';
import type { Segment } from './continuation.ts';
import {
  type History,
  type Moment,
  noHistory,
  recordObservation,
  type ResolvedObservation,
} from './decide.ts';
import { type Policy, reserveSeconds } from './policy.ts';
import type { PollState } from './state.ts';

/** When an invocation starts and ends, and the segment that it belongs to. */
export interface Span {
  startedMs: number;
  /** When Lambda would stop the invocation. */
  endsAtMs: number;
  segment: Segment;
}

/**
 * What polls counted since metrics were last written. Each document of metrics costs, so pending polls are counted
 * until there is news, and for a minute at most.
 */
export interface Unreported {
  /** `Infinity` where nothing was counted. */
  sinceMs: number;
  calls: number;
  pending: number;
  /** The longest wait for a slot; undefined where none was reserved. */
  slotWaitMs?: number | undefined;
}

export interface Progress extends Omit<Moment, 'nowMs'> {
  head: Head;
  /** The totals before this invocation: what the last one handed over, or what the record says. */
  before: PollState | Head;
  segment: Segment;
  startedMs: number;
  history: History;
  /** What the last poll saw, in our own fixed words; for the record, never decided by. */
  reason?: string | undefined;
  /** When a poll last saw the task at work; `NaN` where none did. */
  pendingAtMs: number;
  /** Calls of this invocation. */
  polls: number;
  /** What was counted, here and before, and not measured yet. */
  unreported: Unreported;
}

export const nothingUnreported: Unreported = { sinceMs: Infinity, calls: 0, pending: 0 };

export function startProgress(
  policy: Policy,
  head: Head,
  carried: PollState | undefined,
  { startedMs, endsAtMs, segment }: Span,
  nowMs: number,
): Progress {
  const isFirstInvocation = carried?.execution_since === undefined;
  const budgetMs = isFirstInvocation ? policy.firstInvocationMs : policy.laterInvocationMs;
  return {
    head,
    before: carried ?? head,
    segment,
    isFirstInvocation,
    startedMs,
    taskSinceMs: taskSinceMs(head),
    // No carried moment is in the future, unless the clock was set back.
    pollingSinceMs: carried === undefined ? nowMs : Math.min(Date.parse(carried.polling_since), nowMs),
    invocationEndsAtMs: Math.min(startedMs + budgetMs, endsAtMs - reserveSeconds * 1_000, segment.endsAtMs),
    deadlineAtMs: Date.parse(head.deadline_at),
    deadlineSeconds: head.deadline_seconds,
    history: carried === undefined ? startOfHistory(head) : historyOf(carried),
    reason: carried?.reason,
    pendingAtMs: Date.parse(carried?.pending_at ?? ''),
    polls: 0,
    unreported:
      carried?.unreported === undefined ? nothingUnreported : unreportedOf(carried.unreported, nowMs),
  };
}

/** Progress with one more poll in it. */
export const recordPoll = (
  progress: Progress,
  observation: ResolvedObservation,
  calls: number,
  nowMs: number,
): Progress => ({
  ...progress,
  history: recordObservation(progress.history, observation),
  reason: reasonOf(observation),
  pendingAtMs: observation.kind === 'pending' ? nowMs : progress.pendingAtMs,
  polls: progress.polls + calls,
  unreported: {
    ...progress.unreported,
    sinceMs: Math.min(progress.unreported.sinceMs, nowMs),
    calls: progress.unreported.calls + calls,
    pending: progress.unreported.pending + (observation.kind === 'pending' ? 1 : 0),
  },
});

function reasonOf(observation: ResolvedObservation): string | undefined {
  switch (observation.kind) {
    case 'unavailable':
    case 'violation':
    case 'throttled':
    case 'denied':
      return observation.reason;
    case 'pending':
      return observation.status === 'unknown' ? 'undocumented status' : undefined;
    case 'succeeded':
    case 'failed':
    case 'on-hold':
      return undefined;
  }
}

/** Progress with the wait for a slot that was just reserved. */
export function recordSlotWait(progress: Progress, slotWaitMs: number | undefined, nowMs: number): Progress {
  if (slotWaitMs === undefined) return progress;
  const { sinceMs, slotWaitMs: longestMs = 0, ...counts } = progress.unreported;
  const unreported = {
    ...counts,
    sinceMs: Math.min(sinceMs, nowMs),
    slotWaitMs: Math.max(longestMs, slotWaitMs),
  };
  return { ...progress, unreported };
}

const unreportedOf = (
  { since, slot_wait_ms, ...counts }: NonNullable<PollState['unreported']>,
  nowMs: number,
): Unreported => ({
  ...counts,
  sinceMs: Math.min(Date.parse(since), nowMs),
  slotWaitMs: slot_wait_ms,
});

export const startOfHistory = (head: Head): History => ({
  ...noHistory,
  hasSeenProcessing: head.status === 'processing',
});

const historyOf = (carried: PollState): History => ({
  hasSeenProcessing: carried.has_seen_processing,
  troubles: carried.troubles,
  holds: carried.holds,
  violations: carried.violations,
  codeAtDeadline: carried.code_at_deadline,
});
