/**
 * A bug for each invariant of the walk, of the kind that a hasty change brings. `npm run test:mutation:decision` plants
 * the others.
 */
import { classify } from '../../functions/crun/classify.ts';
import { decide, type History, resolveNotFound, recordObservation } from '../../functions/poll/decide.ts';
import { stranger } from '../support/answers.ts';
import type { Parts } from './walk.ts';

type Decide = Parts['decide'];
/** `decide` under another policy, at another moment or with another history. */
const deciding =
  (
    change: (given: {
      history: History;
      moment: Parameters<Decide>[2];
      policy: Parameters<Decide>[3];
    }) => object,
  ): Decide =>
  (seen, history, moment, policy, draw) => {
    const given = { history, moment, policy };
    const changed: typeof given = { ...given, ...change(given) };
    return decide(seen, changed.history, changed.moment, changed.policy, draw);
  };
const recording =
  (change: (before: History, after: History) => Partial<History>): Parts['recordObservation'] =>
  (history, seen) => {
    const after = recordObservation(history, seen);
    return { ...after, ...change(history, after) };
  };

interface PlantedBug {
  name: string;
  parts: Partial<Parts>;
  /** Part of the sentence of the invariant that catches it. */
  caughtBy: string;
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'the HTTP status is ignored',
    parts: {
      classify: (exchange, asked, nowMs) =>
        classify(exchange.kind === 'no-answer' ? exchange : { ...exchange, httpStatus: 200 }, asked, nowMs),
    },
    caughtBy: 'the more severe of HTTP status and body stands',
  },
  {
    name: "another task's faces are taken",
    parts: {
      classify: (exchange, asked, nowMs) => classify(exchange, { ...asked, detectTaskId: stranger }, nowMs),
    },
    caughtBy: 'only the own task is an answer',
  },
  {
    name: 'a truncated body throws',
    parts: {
      classify: (exchange, asked, nowMs) => {
        if (exchange.kind === 'unreadable') throw new Error(exchange.fault);
        return classify(exchange, asked, nowMs);
      },
    },
    caughtBy: 'nothing throws',
  },
  {
    name: 'a 404 or 422 is final at once',
    parts: {
      resolveNotFound: (seen, history, moment, policy) =>
        resolveNotFound(seen, history, moment, { ...policy, notFoundGraceMs: 0 }),
    },
    caughtBy: 'a 404 or 422 waits within the first minute',
  },
  {
    name: 'processing is forgotten with the next answer',
    parts: {
      recordObservation: recording((before, after) => ({
        hasSeenProcessing: after.hasSeenProcessing && !before.hasSeenProcessing,
      })),
    },
    caughtBy: 'the history counts what was seen',
  },
  {
    name: 'the history is changed in place',
    parts: { recordObservation: (history, seen) => Object.assign(history, recordObservation(history, seen)) },
    caughtBy: 'nothing throws',
  },
  {
    name: 'an answer after the deadline is thrown away',
    parts: {
      decide: (seen, history, moment, policy, draw) =>
        moment.nowMs > moment.deadlineAtMs
          ? { next: 'abandon', code: history.codeAtDeadline, provider: {} }
          : decide(seen, history, moment, policy, draw),
    },
    caughtBy: 'an answer always settles',
  },
  {
    name: 'an unavailable provider settles as failed',
    parts: {
      decide: (seen, history, moment, policy, draw) =>
        seen.kind === 'unavailable' && history.troubles > 2
          ? { next: 'settle', answer: { kind: 'failed', code: 'DETECTION_FAILED', provider: {} } }
          : decide(seen, history, moment, policy, draw),
    },
    caughtBy: 'nothing but an answer settles',
  },
  {
    name: 'a disabled feature is waited out',
    parts: {
      decide: (seen, history, moment, policy, draw) =>
        seen.kind === 'denied' && seen.code === 'FEATURE_DISABLED'
          ? { next: 'wait', waitSeconds: 60 }
          : decide(seen, history, moment, policy, draw),
    },
    caughtBy: 'a denial abandons at once',
  },
  {
    name: 'violations never end the polling',
    parts: { decide: deciding(({ policy }) => ({ policy: { ...policy, maxViolationsInARow: Infinity } })) },
    caughtBy: 'the fifth violation in a row abandons',
  },
  {
    name: 'the third violation ends the polling',
    parts: { decide: deciding(({ policy }) => ({ policy: { ...policy, maxViolationsInARow: 3 } })) },
    caughtBy: 'nothing else is abandoned while a poll may still come',
  },
  {
    name: 'the last call has no time to end',
    parts: { decide: deciding(({ policy }) => ({ policy: { ...policy, callTimeoutMs: 0 } })) },
    caughtBy: 'no poll comes after the last one',
  },
  {
    name: 'a hold loses the words of the provider',
    parts: {
      decide: (...given) => {
        const decision = decide(...given);
        return decision.next === 'abandon' ? { ...decision, provider: {} } : decision;
      },
    },
    caughtBy: 'the words of a denial or a hold',
  },
  {
    name: 'a wait has a fraction of a second',
    parts: {
      decide: (...given) => {
        const decision = decide(...given);
        return decision.next === 'wait' && decision.waitSeconds > 1
          ? { ...decision, waitSeconds: decision.waitSeconds - 0.5 }
          : decision;
      },
    },
    caughtBy: 'gaps are whole',
  },
  {
    name: 'a fresh task is polled without a pause',
    parts: { decide: deciding(({ policy }) => ({ policy: { ...policy, minInvocationGapMs: 1 } })) },
    caughtBy: 'a gap is half a second at least',
  },
  {
    name: 'the gap is a quarter of the age',
    parts: { decide: deciding(({ policy }) => ({ policy: { ...policy, ageFraction: 0.25 } })) },
    caughtBy: 'a gap is never longer than its schedule',
  },
  {
    name: 'a hint is cut to a minute',
    parts: {
      decide: (seen, ...rest) =>
        decide(
          seen.kind === 'throttled' ? { ...seen, hintMs: Math.min(seen.hintMs ?? 0, 60_000) } : seen,
          ...rest,
        ),
    },
    caughtBy: 'neither a hint nor a hold is ever undercut',
  },
  {
    name: 'jitter shortens a gap to nothing',
    parts: { decide: deciding(({ policy }) => ({ policy: { ...policy, jitterFloor: 0 } })) },
    caughtBy: 'any other gap is only shortened to the last poll',
  },
  {
    name: 'a wait ends exactly at the last poll',
    parts: { decide: deciding(({ policy }) => ({ policy: { ...policy, returnMarginMs: 0 } })) },
    caughtBy: 'brings the next invocation back in time for the last poll',
  },
  {
    name: 'an invocation goes on for ever',
    parts: { decide: deciding(({ moment }) => ({ moment: { ...moment, invocationEndsAtMs: Infinity } })) },
    caughtBy: 'an invocation exceeds its budget only in the last moments',
  },
  {
    name: 'an invocation ends after each poll',
    parts: { decide: deciding(({ moment }) => ({ moment: { ...moment, invocationEndsAtMs: 0 } })) },
    caughtBy: 'ends for no gap that fits into it',
  },
];
