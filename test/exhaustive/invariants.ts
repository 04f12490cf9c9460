/**
 * What must hold after every observation, by the words of docs/design.md. The numbers of the contract are written here
 * again; only what the contract leaves to a policy is read from the policy.
 */
import type { Observation } from '../../functions/crun/observation.ts';
import type { ProviderWords } from '../../functions/detection/error-codes.ts';
import { type Decision, type History, lastPollAtMs, type Moment } from '../../functions/poll/decide.ts';
import type { Policy } from '../../functions/poll/policy.ts';
import type { Seen } from '../support/schedule.ts';

/** What came before, counted here and not by `recordObservation`. */
export interface Past {
  hasSeenProcessing: boolean;
  troubles: number;
  holds: number;
  violations: number;
}

export const noPast: Past = { hasSeenProcessing: false, troubles: 0, holds: 0, violations: 0 };

export function pastWith(past: Past, seen: Seen): Past {
  return {
    hasSeenProcessing: past.hasSeenProcessing || (seen.kind === 'pending' && seen.status === 'processing'),
    troubles: seen.kind === 'unavailable' || seen.kind === 'violation' ? past.troubles + 1 : 0,
    holds: seen.kind === 'on-hold' ? past.holds + 1 : 0,
    violations: seen.kind === 'violation' ? past.violations + 1 : 0,
  };
}

/** One observation in its place: as classified, as resolved, and what was decided. */
export interface Step {
  observation: Observation;
  seen: Seen;
  before: Past;
  past: Past;
  history: History;
  moment: Moment;
  policy: Policy;
  decision: Decision;
}

const leftMs = ({ policy, moment }: Step): number => lastPollAtMs(policy, moment) - moment.nowMs;

function gapMs({ decision }: Step): number | undefined {
  if (decision.next === 'poll') return decision.inMs;
  return decision.next === 'wait' ? decision.waitSeconds * 1_000 : undefined;
}

const leastGapMs = ({ decision }: Step): number => (decision.next === 'poll' ? 500 : 1_000);

const isFirm = ({ seen }: Step): boolean => seen.kind === 'throttled' || seen.kind === 'on-hold';

/** The gap of the schedule, from the least to the most that jitter allows. */
function scheduleMs({ seen, past, moment, policy }: Step): { from: number; to: number } | undefined {
  const ageMs = Math.max(moment.nowMs - moment.taskSinceMs, 0);
  const byScale = (gapScale: number): number =>
    Math.min(
      Math.max(gapScale * Math.sqrt(ageMs * 1_000), ageMs * policy.lateFraction),
      ageMs / 5,
      policy.maxGapMs,
    );
  const pendingMs = byScale(policy.laterGapScale);
  const firstMs = moment.isFirstInvocation ? byScale(policy.firstGapScale) : pendingMs;
  switch (seen.kind) {
    case 'pending':
      return {
        from: Math.min(firstMs, pendingMs) * policy.jitterFloor,
        to: Math.max(firstMs, pendingMs),
      };
    case 'unavailable':
    case 'violation': {
      const backoffMs = Math.min(1_000 * 2 ** (past.troubles - 1), 60_000);
      const hintMs = seen.kind === 'unavailable' ? Math.ceil((seen.hintMs ?? 0) / 1_000) * 1_000 : 0;
      return {
        from: Math.max(backoffMs * policy.jitterFloor, hintMs),
        to: Math.max(backoffMs, hintMs * 1.25),
      };
    }
    case 'throttled': {
      const baseMs = Math.max(pendingMs, seen.hintMs ?? 0, 500);
      return { from: baseMs, to: baseMs * 1.25 };
    }
    case 'on-hold': {
      const baseMs = Math.min(60_000 * 2 ** (past.holds - 1), 240_000);
      return { from: baseMs, to: Math.min(baseMs * 1.25, 300_000) };
    }
    case 'succeeded':
    case 'failed':
    case 'denied':
      return undefined;
  }
}

const codeAtDeadline = (seen: Seen): History['codeAtDeadline'] => {
  if (seen.kind === 'unavailable') return 'PROVIDER_UNAVAILABLE';
  const hasCode = seen.kind === 'violation' || seen.kind === 'on-hold' || seen.kind === 'denied';
  return hasCode ? seen.code : 'DEADLINE_EXCEEDED';
};

const noWords: ProviderWords = {};
const wordsOf = (seen: Seen): ProviderWords =>
  seen.kind === 'on-hold' || seen.kind === 'denied' ? seen.provider : noWords;
const isSameWords = (one: ProviderWords, other: ProviderWords): boolean =>
  one.code === other.code && one.message === other.message;

function isRightlyResolved({ observation, seen, before, moment }: Step): boolean {
  if (observation.kind !== 'not-found') return seen === observation;
  if (before.hasSeenProcessing) return seen.kind === 'unavailable';
  if (moment.nowMs - moment.pollingSinceMs < 60_000)
    return seen.kind === 'pending' && seen.status === 'unknown';
  return seen.kind === 'failed' && seen.code === observation.code && seen.provider === observation.provider;
}

function isRightlyRecorded({ seen, past, history }: Step): boolean {
  return (
    history.hasSeenProcessing === past.hasSeenProcessing &&
    history.troubles === past.troubles &&
    history.holds === past.holds &&
    history.violations === past.violations &&
    history.codeAtDeadline === codeAtDeadline(seen)
  );
}

/** There is no time for another poll, so to abandon now is to abandon by the deadline. */
function isOutOfTime(step: Step): boolean {
  const schedule = scheduleMs(step);
  if (schedule === undefined) return false;
  // Whole seconds may be up to one longer than the drawn gap.
  if (isFirm(step)) return schedule.to + 1_000 > leftMs(step);
  return leftMs(step) < step.policy.minInvocationGapMs;
}

export interface Invariant {
  sentence: string;
  holds(step: Step): boolean;
}

export const invariants: readonly Invariant[] = [
  {
    sentence:
      'a 404 or 422 waits within the first minute, is a fault of the provider once processing was seen, and final otherwise',
    holds: isRightlyResolved,
  },
  { sentence: 'the history counts what was seen, and means the last of it', holds: isRightlyRecorded },
  {
    sentence: 'an answer always settles, as it was given',
    holds: ({ seen, decision }) =>
      (seen.kind !== 'succeeded' && seen.kind !== 'failed') ||
      (decision.next === 'settle' && decision.answer === seen),
  },
  {
    sentence: 'nothing but an answer settles',
    holds: ({ seen, decision }) =>
      decision.next !== 'settle' || seen.kind === 'succeeded' || seen.kind === 'failed',
  },
  {
    sentence: 'a denial abandons at once, by its own code',
    holds: ({ seen, decision }) =>
      seen.kind !== 'denied' || (decision.next === 'abandon' && decision.code === seen.code),
  },
  {
    sentence: 'the fifth violation in a row abandons',
    holds: ({ past, decision }) => past.violations < 5 || decision.next === 'abandon',
  },
  {
    sentence: 'nothing else is abandoned while a poll may still come',
    holds: (step) =>
      step.decision.next !== 'abandon' ||
      step.seen.kind === 'denied' ||
      step.past.violations >= 5 ||
      isOutOfTime(step),
  },
  {
    sentence: 'what is abandoned has the code of the last observation, and the words of a denial or a hold',
    holds: ({ seen, decision }) =>
      decision.next !== 'abandon' ||
      (decision.code === codeAtDeadline(seen) && isSameWords(decision.provider, wordsOf(seen))),
  },
  {
    sentence: 'gaps are whole: milliseconds inside an invocation, seconds outside',
    holds: ({ decision }) =>
      decision.next === 'poll'
        ? Number.isSafeInteger(decision.inMs)
        : decision.next !== 'wait' || Number.isSafeInteger(decision.waitSeconds),
  },
  {
    sentence: 'a gap is half a second at least inside an invocation, one second outside',
    holds: (step) => (gapMs(step) ?? Infinity) >= leastGapMs(step),
  },
  {
    sentence: 'a gap is never longer than its schedule: a fifth of the age, a minute, a hint and a quarter',
    holds: (step) => {
      const { to = 0 } = scheduleMs(step) ?? {};
      const inMs = gapMs(step) ?? 0;
      const roundedUpMs = isFirm(step) && step.decision.next === 'wait' ? 1_000 : 0;
      // Each way to compute a root rounds differently.
      return inMs <= Math.max(Math.ceil(to + 1e-6) + roundedUpMs, leastGapMs(step));
    },
  },
  {
    sentence: 'neither a hint nor a hold is ever undercut',
    holds: (step) =>
      !isFirm(step) || (gapMs(step) ?? Infinity) >= (scheduleMs(step)?.from ?? Infinity) - 1e-6,
  },
  {
    sentence: 'any other gap is only shortened to the last poll',
    holds: (step) => {
      const inMs = gapMs(step);
      if (inMs === undefined || isFirm(step)) return true;
      const fromMs = Math.floor((scheduleMs(step)?.from ?? 0) - 1e-6);
      if (step.decision.next === 'poll') return inMs >= Math.min(fromMs, leftMs(step));
      const untilMs = Math.min(fromMs, leftMs(step) - step.policy.returnMarginMs);
      return inMs >= Math.floor(untilMs / 1_000) * 1_000;
    },
  },
  {
    sentence: 'no poll comes after the last one that can end by the deadline',
    holds: (step) => (gapMs(step) ?? -Infinity) <= leftMs(step),
  },
  {
    sentence: 'a wait of our own brings the next invocation back in time for the last poll',
    holds: (step) =>
      step.decision.next !== 'wait' ||
      isFirm(step) ||
      step.decision.waitSeconds * 1_000 + step.policy.returnMarginMs <= leftMs(step),
  },
  {
    sentence:
      'an invocation exceeds its budget only in the last moments, and ends for no gap that fits into it',
    holds: (step) => {
      const { decision, moment, policy } = step;
      const budgetMs = Math.min(moment.invocationEndsAtMs - moment.nowMs, policy.longestPauseMs);
      if (decision.next === 'poll')
        return (
          decision.inMs <= budgetMs || leftMs(step) < policy.minWaitSeconds * 1_000 + policy.returnMarginMs
        );
      return decision.next !== 'wait' || decision.waitSeconds * 1_000 + 1_000 > budgetMs;
    },
  },
];
