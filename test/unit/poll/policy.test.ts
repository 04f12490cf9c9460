import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { pendingGapMs } from '../../../functions/poll/gap.ts';
import { callTimeoutMs, expressPolicy, policyOf, standardPolicy } from '../../../functions/poll/policy.ts';
import { noonMs } from '../../support/records.ts';
import {
  anyMoment,
  decideOn,
  gapMs,
  maintenance,
  momentAt,
  openSeen,
  pending,
  play,
  processing,
  random,
  type Seen,
  seeded,
  throttled,
  overloaded,
  unavailable,
  unknownStatus,
  violation,
} from '../../support/schedule.ts';

const often = { numRuns: 3_000 };
const age = fc.oneof(fc.integer({ min: 0, max: 86_400_000 }), fc.integer({ min: 0, max: 400_000 }));
const waiting = fc.constantFrom(pending, processing, unknownStatus);
const insideInvocation = { invocationEndsAtMs: noonMs + 120_000, isFirstInvocation: true };

/** The gaps after one, two and more of the same in a row. */
const waits = (seen: Seen, count: number, drawn: number) =>
  Array.from({ length: count }, (_, index) =>
    gapMs(
      decideOn(
        Array.from({ length: index + 1 }, () => seen),
        momentAt(0, insideInvocation),
        drawn,
      ),
    ),
  );

const hour = 3_600;
const polls = (seen: Seen, deadlineSeconds: number, draw: () => number) =>
  play({ seen: () => seen, deadlineSeconds, random: draw }).pollsAtMs.length;

describe('the gap of a pending task', () => {
  it('is at most a fifth of its age and a minute, and at least half a second in an invocation, one outside', () => {
    fc.assert(
      fc.property(waiting, anyMoment, random, (seen, moment, drawn) => {
        const decision = decideOn([seen], moment, drawn);
        const fifthMs = (moment.nowMs - moment.taskSinceMs) / 5;
        const leastMs = decision.next === 'poll' ? 500 : 1_000;
        const inMs = gapMs(decision) ?? leastMs;
        expect(inMs).toBeGreaterThanOrEqual(leastMs);
        expect(inMs).toBeLessThanOrEqual(Math.min(Math.max(fifthMs, leastMs), 60_000));
      }),
      often,
    );
  });

  it.each([
    ['inside a later invocation', { ...insideInvocation, isFirstInvocation: false }],
    ['outside of one', {}],
  ])('grows with the age, for the same random draw, %s', (_where, changes) => {
    fc.assert(
      fc.property(age, age, random, (one, other, drawn) => {
        const [younger = 0, older = 0] = [one, other].toSorted((a, b) => a - b);
        const gapAt = (ageMs: number) => gapMs(decideOn([pending], momentAt(ageMs, changes), drawn)) ?? 0;
        // The workflow waits in whole seconds, so that the first gap outside may be a part of one shorter.
        expect(gapAt(younger)).toBeLessThan(gapAt(older) + 1_000);
      }),
      often,
    );
  });

  it.each([
    ['within the first invocation', { isFirstInvocation: true, invocationEndsAtMs: noonMs + 3_131 }, 3_130],
    ['that ends too soon for it', { isFirstInvocation: true, invocationEndsAtMs: noonMs + 3_130 }, 7_000],
    ['within a later one', { invocationEndsAtMs: noonMs + 60_000 }, 7_200],
  ])('has the scale of where it is waited: %s', (_where, changes, expectedMs) => {
    expect(gapMs(decideOn([pending], momentAt(40_000, changes), 0.5))).toBe(expectedMs);
  });

  it('is drawn from its upper fifth, so that tasks that began together drift apart', () => {
    const gaps = [0, 0.5, 0.999_999].map((drawn) => gapMs(decideOn([pending], momentAt(1_000_000), drawn)));
    expect(gaps).toEqual([40_000, 45_000, 49_000]);
  });
});

describe('the wait of a throttled task', () => {
  const hint = fc.integer({ min: 0, max: 900_000 });

  it('is never shorter than the hint, even where the deadline comes first', () => {
    fc.assert(
      fc.property(hint, anyMoment, random, (hintMs, moment, drawn) => {
        const inMs = gapMs(decideOn([throttled(hintMs)], moment, drawn)) ?? Infinity;
        expect(inMs).toBeGreaterThanOrEqual(hintMs);
      }),
      often,
    );
  });

  it('is the longer of hint and schedule, and up to a quarter more', () => {
    fc.assert(
      fc.property(hint, age, random, (hintMs, ageMs, drawn) => {
        const baseMs = Math.max(hintMs, pendingGapMs(standardPolicy, ageMs), 500);
        const inMs = gapMs(decideOn([throttled(hintMs)], momentAt(ageMs), drawn)) ?? 0;
        expect(inMs).toBeGreaterThanOrEqual(baseMs);
        // Whole seconds are never fewer than were drawn.
        expect(inMs).toBeLessThanOrEqual(baseMs * 1.25 + 1_000);
      }),
      often,
    );
  });

  it('does not exist where the hint ends after the last poll', () => {
    const moment = momentAt(0, { deadlineAtMs: noonMs + 70_000 });
    expect(decideOn([throttled(60_000)], moment, 0)).toEqual({ next: 'wait', waitSeconds: 60 });
    expect(decideOn([throttled(60_001)], moment, 0)).toMatchObject({
      next: 'abandon',
      code: 'DEADLINE_EXCEEDED',
    });
  });
});

describe('a wait that the provider asked for', () => {
  it.each([
    ['fits into the invocation', 5_000, 5_000, { next: 'poll', inMs: 5_000 }],
    ['ends just after it', 5_000, 4_999, { next: 'wait', waitSeconds: 5 }],
    ['is as long as an invocation may pause', 22_500, 100_000, { next: 'poll', inMs: 22_500 }],
    ['is longer than that', 22_501, 100_000, { next: 'wait', waitSeconds: 23 }],
  ])('that %s is waited for where it costs less', (_what, hintMs, invocationLeftMs, expected) => {
    const moment = momentAt(0, { invocationEndsAtMs: noonMs + invocationLeftMs });
    expect(decideOn([throttled(hintMs)], moment, 0)).toEqual(expected);
  });

  it('does not exist where only whole seconds end after the last poll', () => {
    const moment = momentAt(0, { deadlineAtMs: noonMs + 10_000 + 59_900 });
    expect(decideOn([throttled(59_900)], moment, 0).next).toBe('abandon');
    expect(decideOn([throttled(59_000)], moment, 0)).toEqual({ next: 'wait', waitSeconds: 59 });
  });
});

describe('the waits after trouble', () => {
  it('double from a second to a minute', () => {
    expect(waits(unavailable, 9, 0.999_999_999)).toEqual(
      // The workflow waits in whole seconds.
      [999, 1_999, 3_999, 7_999, 15_999, 31_000, 59_000, 59_000, 59_000],
    );
    expect(waits(unavailable, 9, 0)).toEqual([
      800, 1_600, 3_200, 6_400, 12_800, 25_000, 48_000, 48_000, 48_000,
    ]);
  });

  it('are the same for a violation, and go on growing from one kind to the other', () => {
    expect(waits(violation, 4, 0)).toEqual(waits(unavailable, 4, 0));
    expect(gapMs(decideOn([violation, unavailable, violation], momentAt(0, insideInvocation), 0))).toBe(
      3_200,
    );
  });

  it('follow a hint that is longer, and up to a quarter more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 900_000 }), random, (hintMs, drawn) => {
        const inMs = gapMs(decideOn([overloaded(hintMs)], momentAt(0), drawn)) ?? 0;
        expect(inMs).toBeGreaterThanOrEqual(hintMs);
        expect(inMs).toBeLessThanOrEqual(hintMs * 1.25 + 1_250);
      }),
    );
    expect(decideOn([overloaded(7_001)], momentAt(0), 0)).toEqual({ next: 'wait', waitSeconds: 8 });
    expect(decideOn([overloaded(8_000)], momentAt(0), 0.5)).toEqual({ next: 'wait', waitSeconds: 9 });
  });

  it('are not shortened by a hint', () => {
    const story = [unavailable, unavailable, unavailable, overloaded(1_000)];
    expect(decideOn(story, momentAt(0), 0)).toEqual(decideOn(Array(4).fill(unavailable), momentAt(0), 0));
  });

  it('leave the last poll before the deadline, however far a hint reaches', () => {
    const moment = momentAt(0, { deadlineAtMs: noonMs + 70_000 });
    expect(decideOn([overloaded(900_000)], moment, 0)).toEqual({ next: 'wait', waitSeconds: 59 });
  });

  it('stay finite after any number of troubles', () => {
    const story = Array.from({ length: 5_000 }, () => unavailable);
    expect(gapMs(decideOn(story, momentAt(0), 0))).toBe(48_000);
  });

  it('on hold grow from a minute to four, and never exceed five with jitter', () => {
    const minute = 60_000;
    expect(waits(maintenance, 5, 0)).toEqual([1, 2, 4, 4, 4].map((minutes) => minutes * minute));
    expect(waits(maintenance, 5, 0.999_999)).toEqual(
      [75, 150, 300, 300, 300].map((seconds) => seconds * 1_000),
    );
  });

  it('on hold are never cut short by the deadline', () => {
    const moment = momentAt(0, { deadlineAtMs: noonMs + 69_999 });
    expect(decideOn([maintenance], moment, 0)).toMatchObject({
      next: 'abandon',
      code: 'PROVIDER_MAINTENANCE',
    });
  });
});

describe('the policy of a workflow type', () => {
  it('has the budgets that are configured, each for its own invocations', () => {
    expect(policyOf('STANDARD')).toEqual(standardPolicy);
    expect(policyOf('EXPRESS')).toEqual(expressPolicy);
    expect(policyOf('EXPRESS', { laterSeconds: 7 })).toEqual({
      ...expressPolicy,
      laterInvocationMs: 7_000,
    });
    expect(expressPolicy.segmentMs).toBeLessThan(300_000);
    expect(standardPolicy.segmentMs).toBe(Infinity);
  });
});

describe('the time-out of one call', () => {
  it.each([
    [5, 1_000],
    [30, 6_000],
    [50, 10_000],
    [86_400, 10_000],
  ])('under a deadline of %d s is %d ms', (deadlineSeconds, ms) => {
    expect(callTimeoutMs(standardPolicy, deadlineSeconds)).toBe(ms);
  });
});

describe('a task that never gets an answer', () => {
  const draws = Array.from({ length: 50 }, (_, index) => seeded(index + 1));

  it('is polled at most 132 times up to the default deadline, about 119 times by chance', () => {
    expect(polls(pending, hour, () => 0)).toBe(132);
    for (const draw of draws) {
      const count = polls(pending, hour, draw);
      expect(count).toBeGreaterThan(114);
      expect(count).toBeLessThan(125);
    }
  });

  it('costs at most 82 calls in an hour of outage, about 74 by chance', () => {
    expect(polls(unavailable, hour, () => 0)).toBe(82);
    for (const draw of draws) {
      const count = polls(unavailable, hour, draw);
      expect(count).toBeGreaterThan(70);
      expect(count).toBeLessThan(78);
    }
  });

  it('is polled fewer than 550 times up to the default deadline, in any order of answers', () => {
    const kinds = [pending, unavailable, violation, throttled(), maintenance];
    let stories: Seen[][] = [[]];
    for (let length = 1; length <= 4; length++) {
      stories = stories.flatMap((story) => kinds.map((kind) => [...story, kind]));
      for (const story of stories) {
        const seen = (index: number) => story[index % length] ?? pending;
        expect(play({ seen, deadlineSeconds: hour, random: () => 0 }).pollsAtMs.length).toBeLessThan(550);
      }
    }
  });

  it('costs at most 17 calls in an hour of maintenance', () => {
    expect(polls(maintenance, hour, () => 0)).toBe(17);
  });

  it('leaves room in the 25,000 events of a history up to the longest deadline', () => {
    // An invocation is nine events: five of Poll, two each of the choice and the wait.
    const { invocations } = play({ seen: () => pending, deadlineSeconds: 86_400, random: () => 0 });
    expect(invocations * 9).toBeLessThan(20_000);
  });

  it('is abandoned by its deadline, and never polled after the last moment, whatever the answers', () => {
    fc.assert(
      fc.property(
        fc.array(openSeen, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 5, max: 1_800 }),
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 0, max: 12_000 }),
        (story, deadlineSeconds, seed, callMs) => {
          const seen = (index: number) => story[index % story.length] ?? pending;
          const played = play({ seen, deadlineSeconds, random: seeded(seed), callMs });
          expect(Math.max(...played.pollsAtMs)).toBeLessThanOrEqual(played.lastPollAtMs);
          expect(played.endedAtMs).toBeLessThanOrEqual(deadlineSeconds * 1_000);
        },
      ),
      { numRuns: 500 },
    );
  });
});
