/** Moments and observations for the tests of decisions, and whole schedules played without waiting. */
import fc from 'fast-check';

import { detectionError } from '../../functions/detection/error-codes.ts';
import {
  decide,
  type History,
  type resolveNotFound,
  lastPollAtMs,
  type Moment,
  noHistory,
  recordObservation,
} from '../../functions/poll/decide.ts';
import { callTimeoutMs, standardPolicy } from '../../functions/poll/policy.ts';
import { noonMs } from './records.ts';

export type Seen = ReturnType<typeof resolveNotFound>;

export const pending: Seen = { kind: 'pending', status: 'starting' };
export const processing: Seen = { kind: 'pending', status: 'processing' };
export const unknownStatus: Seen = { kind: 'pending', status: 'unknown', name: 'queued' };
export const throttled = (hintMs?: number): Seen => ({ kind: 'throttled', reason: 'code 429', hintMs });
export const maintenance: Seen = { kind: 'on-hold', code: 'PROVIDER_MAINTENANCE', provider: { code: '455' } };
export const noCredits: Seen = { kind: 'on-hold', code: 'INSUFFICIENT_CREDITS', provider: { code: '402' } };
export const unavailable: Seen = { kind: 'unavailable', reason: 'reset' };
export const overloaded = (hintMs: number): Seen => ({ kind: 'unavailable', reason: 'HTTP 503', hintMs });
export const violation: Seen = { kind: 'violation', code: 'CONTRACT_VIOLATION', reason: 'no data' };
export const oddStatus: Seen = { kind: 'violation', code: 'UNEXPECTED_RESPONSE', reason: 'HTTP 409' };
export const succeeded: Seen = { kind: 'succeeded', detectId: 'd', faces: [{ id: 0, link: 'https://f/0' }] };
export const failed: Seen = { kind: 'failed', code: 'DETECTION_FAILED', provider: {} };
export const denied = {
  kind: 'denied',
  code: 'UNAUTHORIZED',
  reason: 'code 401',
  provider: {},
} satisfies Seen;

const hint = fc.option(fc.integer({ min: 0, max: 15 * 60_000 }), { nil: undefined });
/** Observations that leave a task open. */
export const openSeen: fc.Arbitrary<Seen> = fc.oneof(
  fc.constantFrom(
    pending,
    processing,
    unknownStatus,
    maintenance,
    noCredits,
    unavailable,
    violation,
    oddStatus,
  ),
  hint.map(throttled),
);
const anySeen: fc.Arbitrary<Seen> = fc.oneof(
  openSeen,
  fc.constantFrom(
    succeeded,
    failed,
    denied,
    { ...denied, code: 'FEATURE_DISABLED' } as const,
    { ...denied, code: 'UNEXPECTED_RESPONSE' } as const,
  ),
);
/** A decision is about the last of these; the history includes them all. */
export const anyStory = fc.array(anySeen, { minLength: 1, maxLength: 12 });
export const openStory = fc.tuple(anyStory, openSeen).map(([before, last]) => [...before, last]);

export const historyOf = (story: readonly Seen[]): History => story.reduce(recordObservation, noHistory);

export const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Any moment of any task: before, at and after its deadline, inside an invocation's budget and beyond. */
export const anyMoment: fc.Arbitrary<Moment> = fc
  .record({
    deadlineSeconds: fc.integer({ min: 5, max: 86_400 }),
    leftMs: fc.oneof(
      fc.integer({ min: -60_000, max: 86_400_000 }),
      // The rules meet around the last poll and the deadline.
      fc.integer({ min: -1_000, max: 90_000 }),
    ),
    ageMs: fc.oneof(fc.integer({ min: -60_000, max: 86_400_000 }), fc.integer({ min: 0, max: 60_000 })),
    budgetMs: fc.integer({ min: -10_000, max: 225_000 }),
    isFirstInvocation: fc.boolean(),
  })
  .map(({ deadlineSeconds, leftMs, ageMs, budgetMs, isFirstInvocation }) => ({
    isFirstInvocation,
    nowMs: noonMs,
    taskSinceMs: noonMs - ageMs,
    pollingSinceMs: noonMs,
    invocationEndsAtMs: noonMs + budgetMs,
    deadlineAtMs: noonMs + leftMs,
    deadlineSeconds,
  }));

/** A moment far from every bound, apart from `changes`. */
export const momentAt = (ageMs: number, changes: Partial<Moment> = {}): Moment => ({
  nowMs: noonMs,
  taskSinceMs: noonMs - ageMs,
  pollingSinceMs: noonMs,
  invocationEndsAtMs: noonMs,
  isFirstInvocation: false,
  deadlineAtMs: noonMs + 86_400_000,
  deadlineSeconds: 86_400,
  ...changes,
});

export const decideOn = (story: readonly Seen[], moment: Moment, drawn = 0.5) =>
  decide(story.at(-1) ?? pending, historyOf(story), moment, standardPolicy, drawn);

/** The milliseconds until the next poll, if there is one. */
export const gapMs = (decision: ReturnType<typeof decide>): number | undefined => {
  if (decision.next === 'poll') return decision.inMs;
  return decision.next === 'wait' ? decision.waitSeconds * 1_000 : undefined;
};

/** Plays a task that never gets an answer to its end: when each poll starts, and how it is abandoned. */
export function play(options: {
  seen: (index: number) => Seen;
  deadlineSeconds: number;
  random: () => number;
  callMs?: number;
}): { pollsAtMs: number[]; invocations: number; code: string; endedAtMs: number; lastPollAtMs: number } {
  const { deadlineSeconds, callMs = 0 } = options;
  const deadlineAtMs = deadlineSeconds * 1_000;
  const last = lastPollAtMs(standardPolicy, { deadlineAtMs, deadlineSeconds });
  const pollsAtMs: number[] = [];
  let nowMs = 0;
  let invocations = 1;
  let invocationEndsAtMs = standardPolicy.firstInvocationMs;
  let history = noHistory;
  for (;;) {
    pollsAtMs.push(nowMs);
    const seen = options.seen(pollsAtMs.length - 1);
    nowMs += Math.min(callMs, callTimeoutMs(standardPolicy, deadlineSeconds));
    history = recordObservation(history, seen);
    const moment = {
      nowMs,
      taskSinceMs: 0,
      pollingSinceMs: 0,
      invocationEndsAtMs,
      isFirstInvocation: invocations === 1,
      deadlineAtMs,
      deadlineSeconds,
    };
    const decision = decide(seen, history, moment, standardPolicy, options.random());
    switch (decision.next) {
      case 'poll':
        nowMs += decision.inMs;
        break;
      case 'wait':
        nowMs += decision.waitSeconds * 1_000;
        invocations += 1;
        invocationEndsAtMs = nowMs + standardPolicy.laterInvocationMs;
        break;
      case 'settle':
        throw new Error('this task must not get an answer');
      case 'abandon':
        return {
          pollsAtMs,
          invocations,
          code: detectionError(decision.code).code,
          endedAtMs: nowMs,
          lastPollAtMs: last,
        };
    }
  }
}

/** The same numbers each time, by Park and Miller's small generator. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
