import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  resolveNotFound,
  lastPollAtMs,
  noHistory,
  recordObservation,
} from '../../../functions/poll/decide.ts';
import { standardPolicy } from '../../../functions/poll/policy.ts';
import { noonMs } from '../../support/records.ts';
import {
  anyMoment,
  anyStory,
  decideOn,
  failed,
  gapMs,
  historyOf,
  maintenance,
  momentAt,
  noCredits,
  oddStatus,
  openStory,
  pending,
  processing,
  random,
  denied,
  type Seen,
  succeeded,
  throttled,
  unavailable,
  unknownStatus,
  violation,
} from '../../support/schedule.ts';

const notFound = { kind: 'not-found', code: 'TASK_NOT_FOUND', provider: { code: '404' } } as const;
const invalid = { kind: 'not-found', code: 'INVALID_TASK', provider: { code: '422' } } as const;
/** A moment `ms` after the polling began. */
const after = (ms: number) => ({ nowMs: noonMs + ms, pollingSinceMs: noonMs });

const often = { numRuns: 3_000 };

describe('a decision', () => {
  it('never allows a poll that could not end by the deadline, and waits for none', () => {
    fc.assert(
      fc.property(openStory, anyMoment, random, (story, moment, drawn) => {
        const inMs = gapMs(decideOn(story, moment, drawn)) ?? -Infinity;
        expect(moment.nowMs + inMs).toBeLessThanOrEqual(lastPollAtMs(standardPolicy, moment));
      }),
      often,
    );
  });

  it('is in whole seconds where the workflow waits', () => {
    fc.assert(
      fc.property(openStory, anyMoment, random, (story, moment, drawn) => {
        const decision = decideOn(story, moment, drawn);
        expect(decision.next !== 'wait' || Number.isInteger(decision.waitSeconds)).toBe(true);
      }),
      often,
    );
  });

  it('abandons at once after the last poll that could end by the deadline', () => {
    fc.assert(
      fc.property(
        openStory,
        anyMoment,
        random,
        fc.integer({ min: 1, max: 1e8 }),
        (story, moment, drawn, late) => {
          const nowMs = Math.floor(lastPollAtMs(standardPolicy, moment)) + late;
          const invocationEndsAtMs = nowMs + 5_000;
          expect(decideOn(story, { ...moment, nowMs, invocationEndsAtMs }, drawn).next).toBe('abandon');
        },
      ),
      often,
    );
  });

  it('takes an answer even after the deadline', () => {
    const late = momentAt(0, { deadlineAtMs: noonMs - 60_000 });
    expect(decideOn([succeeded], late)).toEqual({ next: 'settle', answer: succeeded });
    expect(decideOn([failed], late)).toEqual({ next: 'settle', answer: failed });
  });

  it.each(['UNAUTHORIZED', 'FEATURE_DISABLED', 'UNEXPECTED_RESPONSE'] as const)(
    'abandons at once when it is denied as %s',
    (code) => {
      const provider = { code: '403', message: 'their words' };
      const decision = decideOn([{ ...denied, code, provider }], momentAt(0));
      expect(decision).toEqual({ next: 'abandon', code, provider });
    },
  );

  it('stays within the budget of an invocation, except in the last moments before the deadline', () => {
    fc.assert(
      fc.property(openStory, anyMoment, random, (story, moment, drawn) => {
        const decision = decideOn(story, moment, drawn);
        const isLastMoment = lastPollAtMs(standardPolicy, moment) - moment.nowMs < 1_750;
        if (decision.next !== 'poll' || isLastMoment) return;
        expect(moment.nowMs + decision.inMs).toBeLessThanOrEqual(moment.invocationEndsAtMs);
      }),
      often,
    );
  });

  it('brings an invocation back in time for the last poll, though the workflow is late', () => {
    fc.assert(
      fc.property(anyMoment, random, (moment, drawn) => {
        const decision = decideOn([pending], moment, drawn);
        if (decision.next !== 'wait') return;
        const backAtMs = moment.nowMs + decision.waitSeconds * 1_000 + standardPolicy.returnMarginMs;
        expect(backAtMs).toBeLessThanOrEqual(lastPollAtMs(standardPolicy, moment));
      }),
      often,
    );
  });
});

/** The invocation is over, and the last poll is `leftMs` ahead. */
const lastMoments = (leftMs: number) => ({
  ...momentAt(1e6, { deadlineSeconds: 60, deadlineAtMs: noonMs + 10_000 + leftMs }),
  invocationEndsAtMs: noonMs,
});

describe('the shortest wait of the workflow', () => {
  it('is taken where it still brings the invocation back in time, and waited for here otherwise', () => {
    expect(decideOn([pending], lastMoments(1_750))).toEqual({ next: 'wait', waitSeconds: 1 });
    expect(decideOn([pending], lastMoments(1_749))).toEqual({ next: 'poll', inMs: 1_749 });
  });
});

describe('the shortest gap', () => {
  it('is waited for before the last poll, and no shorter one', () => {
    expect(decideOn([pending], lastMoments(500))).toEqual({ next: 'poll', inMs: 500 });
    expect(decideOn([pending], lastMoments(499))).toMatchObject({ next: 'abandon' });
  });
});

describe('the code at the deadline', () => {
  const late = momentAt(0, { deadlineAtMs: noonMs });

  it.each([
    ['DEADLINE_EXCEEDED', 'pending', pending],
    ['DEADLINE_EXCEEDED', 'of an unknown status', unknownStatus],
    ['DEADLINE_EXCEEDED', 'throttled', throttled(60_000)],
    ['PROVIDER_UNAVAILABLE', 'unavailable', unavailable],
    ['CONTRACT_VIOLATION', 'a violation', violation],
    ['UNEXPECTED_RESPONSE', 'an HTTP status that may pass', oddStatus],
    ['PROVIDER_MAINTENANCE', 'maintenance', maintenance],
    ['INSUFFICIENT_CREDITS', 'a lack of credits', noCredits],
  ] as const)('is %s when the last answer was %s, whatever came before', (code, _what, seen) => {
    fc.assert(
      fc.property(anyStory, (before) => {
        expect(decideOn([...before, seen], late)).toMatchObject({ next: 'abandon', code });
      }),
    );
  });

  it("keeps the provider's words of a hold, which tell an operator what to do", () => {
    expect(decideOn([noCredits], late)).toMatchObject({ provider: { code: '402' } });
  });
});

describe('violations', () => {
  const justBefore: Seen[] = [violation, violation, violation, violation];

  it('end the polling when there are five in a row', () => {
    expect(decideOn([...justBefore, violation], momentAt(0))).toEqual({
      next: 'abandon',
      code: 'CONTRACT_VIOLATION',
      provider: {},
    });
  });

  it('end it with the code of the last one', () => {
    const abandoned = { next: 'abandon', code: 'UNEXPECTED_RESPONSE', provider: {} };
    expect(decideOn([...justBefore, oddStatus], momentAt(0))).toEqual(abandoned);
    expect(decideOn(Array(5).fill(oddStatus), momentAt(0))).toEqual(abandoned);
  });

  it('do not end the polling while there are four', () => {
    expect(decideOn(justBefore, momentAt(0)).next).toBe('wait');
  });

  it.each([
    ['a pending answer', pending],
    ['an unavailable provider', unavailable],
    ['a hold', maintenance],
    ['a throttled call', throttled()],
  ])('are counted anew after %s', (_what, interruption) => {
    expect(decideOn([...justBefore, interruption, ...justBefore], momentAt(0)).next).toBe('wait');
    expect(decideOn([...justBefore, interruption, ...justBefore, violation], momentAt(0)).next).toBe(
      'abandon',
    );
  });
});

describe.each([
  ['404', notFound, 'not-found'],
  ['422', invalid, 'invalid'],
] as const)('a %s', (_code, observation, name) => {
  it.each([0, 30_000, 59_999])('is waited out %d ms after the polling began', (ms) => {
    const seen = { kind: 'pending', status: 'unknown', name };
    expect(resolveNotFound(observation, noHistory, after(ms), standardPolicy)).toEqual(seen);
  });

  it.each([60_000, 3_600_000])('is the answer %d ms after the polling began', (ms) => {
    const seen = { ...observation, kind: 'failed' };
    expect(resolveNotFound(observation, noHistory, after(ms), standardPolicy)).toEqual(seen);
  });

  it.each([0, 60_000])('is a fault of the provider once processing was seen, %d ms on', (ms) => {
    const history = historyOf([processing, unavailable]);
    expect(resolveNotFound(observation, history, after(ms), standardPolicy)).toEqual({
      kind: 'unavailable',
      reason: 'a known task is not found',
    });
  });
});

describe('what is neither a 404 nor a 422', () => {
  it('is left as it is', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const seen = story.at(-1) ?? pending;
        expect(resolveNotFound(seen, historyOf(story), after(0), standardPolicy)).toBe(seen);
      }),
    );
  });
});

describe('the history', () => {
  it('keeps for good that processing was seen, and drops troubles and holds with any other answer', () => {
    const troubled = historyOf([processing, unavailable, violation, unavailable]);
    expect(troubled).toMatchObject({ hasSeenProcessing: true, troubles: 3, violations: 0, holds: 0 });
    expect(recordObservation(troubled, maintenance)).toMatchObject({
      hasSeenProcessing: true,
      troubles: 0,
      holds: 1,
    });
    expect(recordObservation(troubled, pending)).toMatchObject({
      hasSeenProcessing: true,
      troubles: 0,
      holds: 0,
    });
    expect(recordObservation(historyOf([maintenance, noCredits]), pending)).toMatchObject({ holds: 0 });
  });

  it.each([
    ['UNAUTHORIZED', denied],
    ['FEATURE_DISABLED', { ...denied, code: 'FEATURE_DISABLED' }],
    ['DEADLINE_EXCEEDED', succeeded],
    ['DEADLINE_EXCEEDED', failed],
  ] as const)('means %s at the deadline after a final answer', (code, seen) => {
    expect(historyOf([unavailable, seen]).codeAtDeadline).toBe(code);
  });

  it('means the deadline itself before anything was seen', () => {
    expect(noHistory.codeAtDeadline).toBe('DEADLINE_EXCEEDED');
  });

  it('does not take starting or an unknown status for processing', () => {
    expect(historyOf([pending, unknownStatus]).hasSeenProcessing).toBe(false);
  });
});
