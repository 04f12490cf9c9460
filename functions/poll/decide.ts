/** What to do after an observation. Pure and total: no clock, no I/O. */
import type { Observation } from '../crun/observation.ts';
import type { AbandonmentCode, FailureCode, ProviderWords } from '../detection/error-codes.ts';
import { holdMs } from '../rate-limit/hold.ts';
import { jitter, pendingGapMs } from './gap.ts';
import { callTimeoutMs, type Policy } from './policy.ts';

type Succeeded = Extract<Observation, { kind: 'succeeded' }>;
type Failed = { kind: 'failed'; code: FailureCode; provider: ProviderWords };

export type Decision =
  /** Poll again in this invocation. */
  | { next: 'poll'; inMs: number }
  /** Poll again in a later invocation: the workflow waits, in whole seconds. */
  | { next: 'wait'; waitSeconds: number }
  | { next: 'settle'; answer: Succeeded | Failed }
  | { next: 'abandon'; code: AbandonmentCode; provider: ProviderWords };

/** What earlier polls of this execution saw and what changes the next step. */
export interface History {
  hasSeenProcessing: boolean;
  /** Consecutive unavailable or violating answers. */
  troubles: number;
  /** Consecutive answers that put the task on hold. */
  holds: number;
  /** Consecutive violations. */
  violations: number;
  /** What the deadline would mean if it came now. */
  codeAtDeadline: AbandonmentCode;
}

export const noHistory: History = {
  hasSeenProcessing: false,
  troubles: 0,
  holds: 0,
  violations: 0,
  codeAtDeadline: 'DEADLINE_EXCEEDED',
};

/** Where the invocation stands in time: epoch milliseconds of our own clock. */
export interface Moment {
  nowMs: number;
  /** When the task was submitted, if that is known, or recorded: its age sets the schedule. */
  taskSinceMs: number;
  pollingSinceMs: number;
  invocationEndsAtMs: number;
  /** Whether this execution polls for the first time. */
  isFirstInvocation: boolean;
  deadlineAtMs: number;
  deadlineSeconds: number;
}

/** A poll that starts later could not end by the deadline. */
export const lastPollAtMs = (
  policy: Policy,
  moment: Pick<Moment, 'deadlineAtMs' | 'deadlineSeconds'>,
): number => moment.deadlineAtMs - callTimeoutMs(policy, moment.deadlineSeconds);

/** Whether a 404 or 422 is early, final or a fault of the provider depends on what came before. */
export function resolveNotFound(
  observation: Observation,
  history: History,
  moment: Pick<Moment, 'nowMs' | 'pollingSinceMs'>,
  policy: Policy,
): Exclude<Observation, { kind: 'not-found' }> {
  if (observation.kind !== 'not-found') return observation;
  if (history.hasSeenProcessing) return { kind: 'unavailable', reason: 'a known task is not found' };
  if (moment.nowMs - moment.pollingSinceMs < policy.notFoundGraceMs) {
    const name = observation.code === 'TASK_NOT_FOUND' ? 'not-found' : 'invalid';
    return { kind: 'pending', status: 'unknown', name };
  }
  return { ...observation, kind: 'failed' };
}

export type ResolvedObservation = ReturnType<typeof resolveNotFound>;

/** The history with one more observation. */
export function recordObservation(history: History, observation: ResolvedObservation): History {
  const { kind } = observation;
  // Stryker disable next-line ConditionalExpression: for the compiler only; no other kind has a status
  const isProcessing = kind === 'pending' && observation.status === 'processing';
  const isTrouble = kind === 'unavailable' || kind === 'violation';
  return {
    hasSeenProcessing: history.hasSeenProcessing || isProcessing,
    troubles: isTrouble ? history.troubles + 1 : 0,
    holds: kind === 'on-hold' ? history.holds + 1 : 0,
    violations: kind === 'violation' ? history.violations + 1 : 0,
    codeAtDeadline: codeAtDeadline(observation),
  };
}

function codeAtDeadline(observation: ResolvedObservation): AbandonmentCode {
  switch (observation.kind) {
    case 'unavailable':
      return 'PROVIDER_UNAVAILABLE';
    case 'violation':
    case 'on-hold':
    case 'denied':
      return observation.code;
    case 'pending':
    case 'throttled':
    case 'succeeded':
    case 'failed':
      return 'DEADLINE_EXCEEDED';
  }
}

/** `history` already includes the observation; `random` is drawn from [0, 1). */
export function decide(
  observation: ResolvedObservation,
  history: History,
  moment: Moment,
  policy: Policy,
  random: number,
): Decision {
  switch (observation.kind) {
    case 'succeeded':
    case 'failed':
      return { next: 'settle', answer: observation };
    case 'denied':
      return { next: 'abandon', code: observation.code, provider: observation.provider };
    case 'violation':
      if (history.violations >= policy.maxViolationsInARow) return giveUp(history);
      return pollWithin(backoffMs(history, policy, random), history, moment, policy);
    case 'unavailable': {
      // In whole seconds, because the workflow rounds down. The last poll before the deadline comes all the same: an
      // overloaded proxy's hint must not cost the answer.
      const hintedMs = Math.ceil((observation.hintMs ?? 0) / 1_000) * 1_000;
      const atLeastMs = hintedMs * (1 + policy.throttleJitter * random);
      return pollWithin(Math.max(backoffMs(history, policy, random), atLeastMs), history, moment, policy);
    }
    case 'pending':
      return pollWithin(drawnGapMs(moment, policy, jitter(policy, random)), history, moment, policy);
    case 'throttled': {
      const gapMs = Math.max(
        pendingGapMs(policy, moment.nowMs - moment.taskSinceMs),
        observation.hintMs ?? 0,
      );
      const atLeastMs = Math.max(gapMs, policy.minInvocationGapMs);
      return pollAfter(atLeastMs * (1 + policy.throttleJitter * random), history, moment, policy);
    }
    case 'on-hold': {
      return pollAfter(holdMs(history.holds, random), history, moment, policy, observation.provider);
    }
  }
}

/** The first invocation polls by a scale of its own as long as the next poll fits into it. */
function drawnGapMs(moment: Moment, policy: Policy, drawn: number): number {
  const ageMs = moment.nowMs - moment.taskSinceMs;
  const firstMs = drawn * pendingGapMs(policy, ageMs, policy.firstGapScale);
  const isFirst = moment.isFirstInvocation && isWaitedHere(firstMs, moment, policy);
  return isFirst ? firstMs : drawn * pendingGapMs(policy, ageMs);
}

const backoffMs = (history: History, policy: Policy, random: number): number =>
  Math.min(policy.backoffBaseMs * 2 ** (history.troubles - 1), policy.backoffMaxMs) * jitter(policy, random);

const giveUp = (history: History, provider: ProviderWords = {}): Decision => ({
  next: 'abandon',
  code: history.codeAtDeadline,
  provider,
});

const leftMs = (policy: Policy, moment: Moment): number => lastPollAtMs(policy, moment) - moment.nowMs;

/** A hint or a hold is never shortened: where it ends after the last poll, there is no poll to wait for. */
function pollAfter(
  gapMs: number,
  history: History,
  moment: Moment,
  policy: Policy,
  provider: ProviderWords = {},
): Decision {
  const untilLastMs = leftMs(policy, moment);
  const inMs = Math.ceil(gapMs);
  if (inMs > untilLastMs) return giveUp(history, provider);
  if (isWaitedHere(inMs, moment, policy)) return { next: 'poll', inMs };
  const waitSeconds = Math.ceil(inMs / 1_000);
  return waitSeconds * 1_000 > untilLastMs ? giveUp(history, provider) : { next: 'wait', waitSeconds };
}

/** Any other gap is shortened to the last poll that can end by the deadline. */
function pollWithin(gapMs: number, history: History, moment: Moment, policy: Policy): Decision {
  const untilLastMs = leftMs(policy, moment);
  if (untilLastMs < policy.minInvocationGapMs) return giveUp(history);
  const inMs = Math.floor(Math.min(Math.max(gapMs, policy.minInvocationGapMs), untilLastMs));
  const isNear = untilLastMs < policy.minWaitSeconds * 1_000 + policy.returnMarginMs;
  // The last moments are waited for here, even beyond the invocation's budget.
  if (isWaitedHere(inMs, moment, policy) || isNear) return { next: 'poll', inMs };
  const waitMs = Math.min(inMs, untilLastMs - policy.returnMarginMs);
  return { next: 'wait', waitSeconds: Math.max(Math.floor(waitMs / 1_000), policy.minWaitSeconds) };
}

const isWaitedHere = (inMs: number, { nowMs, invocationEndsAtMs }: Moment, policy: Policy): boolean =>
  nowMs + inMs <= invocationEndsAtMs && inMs <= policy.longestPauseMs;
