import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Feedback, withFeedback } from '../../../functions/rate-limit/feedback.ts';
import { limitShapeOf } from '../../../functions/rate-limit/limit.ts';
import {
  momentOf,
  steadyClock,
  type VirtualClock,
  virtualTimeAt,
} from '../../../functions/rate-limit/virtual-clock.ts';

const second = 1_000_000;
const startUs = 1_795_348_800 * second;
const shape = limitShapeOf(10);
const throttled = (hintMs?: number): Feedback => ({ kind: 'throttled', hintMs });
const hold: Feedback = { kind: 'hold', code: 'PROVIDER_MAINTENANCE' };

const feedback = fc.oneof(
  fc.record({
    kind: fc.constant('throttled' as const),
    hintMs: fc.option(fc.nat(900_000), { nil: undefined }),
  }),
  fc.constant(hold),
);
/** Feedback, each so long after the one before. */
const past = fc.array(fc.record({ afterUs: fc.nat(600 * second), feedback }), { maxLength: 12 });

function after(feedbacks: { afterUs: number; feedback: Feedback }[]): {
  virtualClock: VirtualClock;
  nowUs: number;
} {
  let virtualClock: VirtualClock = steadyClock;
  let nowUs = startUs;
  for (const each of feedbacks) {
    nowUs += each.afterUs;
    virtualClock = withFeedback(virtualClock, shape, each.feedback, nowUs, 0.5) ?? virtualClock;
  }
  return { virtualClock, nowUs };
}
/** One that must be news. */
const then = (virtualClock: VirtualClock, what: Feedback, nowUs: number): VirtualClock => {
  const next = withFeedback(virtualClock, shape, what, nowUs, 0.5);
  if (next === undefined) throw new Error('nothing changed');
  return next;
};

/** Seconds. */
const openAfter = ({ resumesAtUs }: VirtualClock, sinceUs: number) => (resumesAtUs - sinceUs) / second;

describe('the virtual clock', () => {
  it('is ours until the first feedback', () => {
    expect(virtualTimeAt(steadyClock, shape, startUs)).toBe(startUs);
    expect(momentOf(steadyClock, shape, startUs)).toBe(startUs);
  });

  it('never runs backwards, and never faster than ours', () => {
    fc.assert(
      fc.property(past, fc.nat(900 * second), fc.nat(900 * second), (feedbacks, firstUs, moreUs) => {
        const { virtualClock, nowUs } = after(feedbacks);
        const before = virtualTimeAt(virtualClock, shape, nowUs + firstUs);
        const behind = virtualTimeAt(virtualClock, shape, nowUs + firstUs + moreUs);
        // Fractions of a microsecond are left out on the way.
        expect(behind - before).toBeGreaterThanOrEqual(0);
        expect(behind - before).toBeLessThanOrEqual(moreUs + 1);
      }),
    );
  });

  it('knows when it will show a time: then, and not a moment earlier', () => {
    fc.assert(
      fc.property(past, fc.nat(900 * second), (feedbacks, aheadUs) => {
        const { virtualClock, nowUs } = after(feedbacks);
        const wanted = virtualTimeAt(virtualClock, shape, nowUs) + aheadUs + 1;
        const atUs = momentOf(virtualClock, shape, wanted);
        expect(virtualTimeAt(virtualClock, shape, atUs)).toBeGreaterThanOrEqual(wanted);
        expect(virtualTimeAt(virtualClock, shape, atUs - 1)).toBeLessThan(wanted);
      }),
    );
  });

  it('shows the same just before and just after feedback', () => {
    fc.assert(
      fc.property(past, feedback, (feedbacks, last) => {
        const { virtualClock, nowUs } = after(feedbacks);
        const next = withFeedback(virtualClock, shape, last, nowUs + 7, 0) ?? virtualClock;
        expect(virtualTimeAt(next, shape, nowUs + 7)).toBe(virtualTimeAt(virtualClock, shape, nowUs + 7));
      }),
    );
  });

  it('runs at full speed again in the end', () => {
    fc.assert(
      fc.property(past, (feedbacks) => {
        const { virtualClock, nowUs } = after(feedbacks);
        const laterUs = nowUs + 2 * 3_600 * second;
        expect(
          virtualTimeAt(virtualClock, shape, laterUs + second) - virtualTimeAt(virtualClock, shape, laterUs),
        ).toBe(second);
      }),
    );
  });
});

describe('a 429', () => {
  it('pauses the key for its hint, or for 1, 2, 4, 8, 15 s while each continues the pause before', () => {
    expect(openAfter(then(steadyClock, throttled(20_000), startUs), startUs)).toBe(20);
    let virtualClock: VirtualClock = steadyClock;
    const pauses = Array.from({ length: 8 }, () => {
      const nowUs = Math.max(virtualClock.resumesAtUs, startUs) + second;
      virtualClock = then(virtualClock, throttled(), nowUs);
      return openAfter(virtualClock, nowUs);
    });
    expect(pauses).toEqual([1, 2, 4, 8, 15, 15, 15, 15]);
    const muchLaterUs = virtualClock.resumesAtUs + 60 * second;
    expect(openAfter(then(virtualClock, throttled(), muchLaterUs), muchLaterUs)).toBe(1);
  });

  it('cuts the rate to seven tenths, once in five seconds at the most', () => {
    const once = then(steadyClock, throttled(), startUs);
    expect(once.speedPermille).toBe(700);
    for (const afterUs of [0, 150_000, second - 1])
      expect(withFeedback(once, shape, throttled(), startUs + afterUs, 0)).toBeUndefined();
    // To a single call after the pause it says nothing about the rate.
    expect(then(once, throttled(), startUs + 5 * second).speedPermille).toBe(700);
    expect(then(once, throttled(), startUs + 5 * second + 1).speedPermille).toBe(490);
  });

  it('continues a pause within half a minute of its end, and the time of two calls', () => {
    const once = then(steadyClock, throttled(), startUs);
    const untilUs = once.resumesAtUs + 30 * second + 2 * shape.intervalUs;
    expect(then(once, throttled(), untilUs - 1).pausesInARow).toBe(2);
    expect(then(once, throttled(), untilUs).pausesInARow).toBe(1);
  });

  it('cuts the speed that the key has recovered', () => {
    const twice = then(then(steadyClock, throttled(), startUs), throttled(), startUs + 6 * second);
    expect(twice.speedPermille).toBe(490);
    const backUs = twice.resumesAtUs + 34 * second;
    expect(then(twice, throttled(), backUs).speedPermille).toBe(343);
    expect(then(twice, throttled(), backUs + 1).speedPermille).toBe(490);
    expect(then(twice, throttled(), backUs + 30 * second).speedPermille).toBe(490);
    expect(then(twice, throttled(), backUs + 30 * second + 1).speedPermille).toBe(700);
    expect(then(twice, throttled(), backUs + 3_600 * second).speedPermille).toBe(700);
  });

  it('that comes while the key is paused only prolongs the pause to its own hint', () => {
    const once = then(steadyClock, throttled(5_000), startUs);
    expect(withFeedback(once, shape, throttled(4_000), startUs + second, 0)).toBeUndefined();
    const longer = then(once, throttled(9_000), startUs + second);
    expect(longer).toMatchObject({ resumesAtUs: startUs + 10 * second, speedPermille: 700, pausesInARow: 1 });
    const again = then(longer, throttled(), longer.resumesAtUs + second);
    const longest = then(again, throttled(90_000), again.resumesAtUs - second);
    expect([again.pausesInARow, longest.pausesInARow]).toEqual([2, 2]);
  });

  it('never slows the key to less than a quarter, and the rate comes back step by step', () => {
    let virtualClock: VirtualClock = steadyClock;
    for (let times = 0; times < 10; times++)
      virtualClock = then(
        virtualClock,
        throttled(),
        Math.max(virtualClock.resumesAtUs, startUs) + 5 * second,
      );
    expect(virtualClock.speedPermille).toBe(250);
    const fromUs = virtualClock.resumesAtUs + 4 * second;
    const speeds = Array.from({ length: 6 }, (_, step) => {
      const atUs = fromUs + step * 30 * second;
      return (
        (virtualTimeAt(virtualClock, shape, atUs + second) - virtualTimeAt(virtualClock, shape, atUs)) /
        second
      );
    });
    expect(speeds.map((speed) => speed.toFixed(2))).toEqual(['0.25', '0.36', '0.51', '0.73', '1.00', '1.00']);
  });

  it('is followed by single calls, until their answers are known', () => {
    const virtualClock = then(steadyClock, throttled(), startUs);
    const slots = [0, 1, 2].map((index) =>
      momentOf(virtualClock, shape, virtualClock.virtualUs + index * shape.intervalUs),
    );
    expect(slots.map((atUs) => (atUs - virtualClock.resumesAtUs) / second)).toEqual([0, 2, 4]);
  });

  it('leaves a key that is slower than single calls at its own shape', () => {
    const slow = limitShapeOf(0.25);
    const virtualClock = withFeedback(steadyClock, slow, throttled(), startUs, 0) ?? steadyClock;
    expect(
      momentOf(virtualClock, slow, virtualClock.virtualUs + slow.intervalUs) - virtualClock.resumesAtUs,
    ).toBeLessThan(6 * second);
  });
});

describe('a hold', () => {
  it('pauses the key for 1, 2, 4, 4 … minutes and up to a quarter more, and cuts nothing', () => {
    let virtualClock: VirtualClock = steadyClock;
    const pauses = Array.from({ length: 5 }, () => {
      const nowUs = Math.max(virtualClock.resumesAtUs, startUs) + 200_000;
      virtualClock = then(virtualClock, hold, nowUs);
      return (virtualClock.resumesAtUs - nowUs) / second;
    });
    expect(pauses).toEqual([67.5, 135, 270, 270, 270]);
    expect(virtualClock).toMatchObject({ speedPermille: 1_000, hold: 'PROVIDER_MAINTENANCE' });
  });

  it('counts once, however many tasks report it', () => {
    const once = then(steadyClock, hold, startUs);
    expect(withFeedback(once, shape, hold, startUs + second, 0.9)).toBeUndefined();
  });

  it('prolongs the pause of a 429, and a 429 keeps it', () => {
    const paused = then(steadyClock, throttled(5_000), startUs);
    const held = then(paused, hold, startUs + second);
    expect(held.resumesAtUs).toBe(startUs + 68.5 * second);
    const longer = then(held, throttled(100_000), startUs + 2 * second);
    expect(longer).toMatchObject({ hold: 'PROVIDER_MAINTENANCE', resumesAtUs: startUs + 102 * second });
  });

  it('counts its own pauses, not those of a 429', () => {
    const once = then(steadyClock, throttled(), startUs);
    const twice = then(once, throttled(), once.resumesAtUs + second);
    expect(twice.pausesInARow).toBe(2);
    const heldUs = twice.resumesAtUs + second;
    expect(openAfter(then(twice, hold, heldUs), heldUs)).toBe(67.5);
    expect(openAfter(then(twice, hold, heldUs - 2 * second), heldUs - 2 * second)).toBe(67.5);
  });

  it('is forgotten with the next 429', () => {
    const held = then(steadyClock, hold, startUs);
    expect(then(held, throttled(), held.resumesAtUs + second).hold).toBeUndefined();
  });
});
