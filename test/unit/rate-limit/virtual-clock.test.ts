import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { paceOf } from '../../../functions/rate-limit/limit.ts';
import {
  type Feedback,
  withFeedback,
  slowdown,
  keyTimeAt,
  steady,
  type VirtualClock,
  timeOfKey,
} from '../../../functions/rate-limit/virtual-clock.ts';

const second = 1_000_000;
const startUs = 1_795_348_800 * second;
const pace = paceOf(10);
const throttled = (hintMs?: number): Feedback => ({ kind: 'throttled', hintMs });
const hold: Feedback = { kind: 'hold', code: 'PROVIDER_MAINTENANCE' };

const feedback = fc.oneof(
  fc.record({
    kind: fc.constant('throttled' as const),
    hintMs: fc.option(fc.nat(900_000), { nil: undefined }),
  }),
  fc.constant(hold),
);
/** What a key has gone through: brakes, each so long after the one before. */
const past = fc.array(fc.record({ afterUs: fc.nat(600 * second), feedback }), { maxLength: 12 });

function after(brakes: { afterUs: number; feedback: Feedback }[]): {
  virtualClock: VirtualClock;
  nowUs: number;
} {
  let virtualClock: VirtualClock = steady;
  let nowUs = startUs;
  for (const each of brakes) {
    nowUs += each.afterUs;
    virtualClock = withFeedback(virtualClock, pace, each.feedback, nowUs, 0.5) ?? virtualClock;
  }
  return { virtualClock, nowUs };
}
/** One that must be news. */
const then = (virtualClock: VirtualClock, what: Feedback, nowUs: number): VirtualClock => {
  const next = withFeedback(virtualClock, pace, what, nowUs, 0.5);
  if (next === undefined) throw new Error('nothing changed');
  return next;
};

/** Seconds. */
const openAfter = ({ openUs }: VirtualClock, sinceUs: number) => (openUs - sinceUs) / second;

describe("the key's clock", () => {
  it('is ours, as long as nothing ever happened', () => {
    expect(keyTimeAt(steady, pace, startUs)).toBe(startUs);
    expect(timeOfKey(steady, pace, startUs)).toBe(startUs);
  });

  it('never runs backwards, and never faster than ours', () => {
    fc.assert(
      fc.property(past, fc.nat(900 * second), fc.nat(900 * second), (brakes, firstUs, moreUs) => {
        const { virtualClock, nowUs } = after(brakes);
        const before = keyTimeAt(virtualClock, pace, nowUs + firstUs);
        const behind = keyTimeAt(virtualClock, pace, nowUs + firstUs + moreUs);
        // Fractions of a microsecond are left out on the way.
        expect(behind - before).toBeGreaterThanOrEqual(0);
        expect(behind - before).toBeLessThanOrEqual(moreUs + 1);
      }),
    );
  });

  it('tells when it will show a time: then it does, and not a moment earlier', () => {
    fc.assert(
      fc.property(past, fc.nat(900 * second), (brakes, aheadUs) => {
        const { virtualClock, nowUs } = after(brakes);
        const wanted = keyTimeAt(virtualClock, pace, nowUs) + aheadUs + 1;
        const atUs = timeOfKey(virtualClock, pace, wanted);
        expect(keyTimeAt(virtualClock, pace, atUs)).toBeGreaterThanOrEqual(wanted);
        expect(keyTimeAt(virtualClock, pace, atUs - 1)).toBeLessThan(wanted);
      }),
    );
  });

  it('shows the same just before and just after it was feedback', () => {
    fc.assert(
      fc.property(past, feedback, (brakes, last) => {
        const { virtualClock, nowUs } = after(brakes);
        const next = withFeedback(virtualClock, pace, last, nowUs + 7, 0) ?? virtualClock;
        expect(keyTimeAt(next, pace, nowUs + 7)).toBe(keyTimeAt(virtualClock, pace, nowUs + 7));
      }),
    );
  });

  it('runs at full speed again in the end', () => {
    fc.assert(
      fc.property(past, (brakes) => {
        const { virtualClock, nowUs } = after(brakes);
        const laterUs = nowUs + 2 * 3_600 * second;
        expect(keyTimeAt(virtualClock, pace, laterUs + second) - keyTimeAt(virtualClock, pace, laterUs)).toBe(
          second,
        );
      }),
    );
  });
});

describe('a 429', () => {
  it('stops the key for its hint, or for 1, 2, 4, 8, 15 s while each comes upon the one before', () => {
    expect(openAfter(then(steady, throttled(20_000), startUs), startUs)).toBe(20);
    let virtualClock: VirtualClock = steady;
    const pauses = Array.from({ length: 8 }, () => {
      const nowUs = Math.max(virtualClock.openUs, startUs) + second;
      virtualClock = then(virtualClock, throttled(), nowUs);
      return openAfter(virtualClock, nowUs);
    });
    expect(pauses).toEqual([1, 2, 4, 8, 15, 15, 15, 15]);
    const muchLaterUs = virtualClock.openUs + 60 * second;
    expect(openAfter(then(virtualClock, throttled(), muchLaterUs), muchLaterUs)).toBe(1);
  });

  it('cuts the rate to seven tenths, once in five seconds at the most', () => {
    const once = then(steady, throttled(), startUs);
    expect(once.permille).toBe(700);
    for (const afterUs of [0, 150_000, second - 1])
      expect(withFeedback(once, pace, throttled(), startUs + afterUs, 0)).toBeUndefined();
    // To a single call after the pause it says nothing about the rate.
    expect(then(once, throttled(), startUs + 5 * second).permille).toBe(700);
    expect(then(once, throttled(), startUs + 5 * second + 1).permille).toBe(490);
  });

  it('comes upon the one before within half a minute of the pause, and the time of two calls', () => {
    const once = then(steady, throttled(), startUs);
    const untilUs = once.openUs + 30 * second + 2 * pace.intervalUs;
    expect(then(once, throttled(), untilUs - 1).pauses).toBe(2);
    expect(then(once, throttled(), untilUs).pauses).toBe(1);
  });

  it('cuts the speed that the key has come back to', () => {
    const twice = then(then(steady, throttled(), startUs), throttled(), startUs + 6 * second);
    expect(twice.permille).toBe(490);
    const backUs = twice.openUs + 34 * second;
    expect(then(twice, throttled(), backUs).permille).toBe(343);
    expect(then(twice, throttled(), backUs + 1).permille).toBe(490);
    expect(then(twice, throttled(), backUs + 30 * second).permille).toBe(490);
    expect(then(twice, throttled(), backUs + 30 * second + 1).permille).toBe(700);
    expect(then(twice, throttled(), backUs + 3_600 * second).permille).toBe(700);
  });

  it('that comes while the key is paused only prolongs the pause to its own hint', () => {
    const once = then(steady, throttled(5_000), startUs);
    expect(withFeedback(once, pace, throttled(4_000), startUs + second, 0)).toBeUndefined();
    const longer = then(once, throttled(9_000), startUs + second);
    expect(longer).toMatchObject({ openUs: startUs + 10 * second, permille: 700, pauses: 1 });
    const again = then(longer, throttled(), longer.openUs + second);
    const longest = then(again, throttled(90_000), again.openUs - second);
    expect([again.pauses, longest.pauses]).toEqual([2, 2]);
  });

  it('never slows the key to less than a quarter, and the rate comes back step by step', () => {
    let virtualClock: VirtualClock = steady;
    for (let times = 0; times < 10; times++)
      virtualClock = then(virtualClock, throttled(), Math.max(virtualClock.openUs, startUs) + 5 * second);
    expect(virtualClock.permille).toBe(slowdown.floorPermille);
    const fromUs = virtualClock.openUs + slowdown.probes * slowdown.probeGapUs;
    const speeds = Array.from({ length: 6 }, (_, step) => {
      const atUs = fromUs + step * slowdown.recoverUs;
      return (keyTimeAt(virtualClock, pace, atUs + second) - keyTimeAt(virtualClock, pace, atUs)) / second;
    });
    expect(speeds.map((speed) => speed.toFixed(2))).toEqual(['0.25', '0.36', '0.51', '0.73', '1.00', '1.00']);
  });

  it('is followed by single calls, until their answers are known', () => {
    const virtualClock = then(steady, throttled(), startUs);
    const slots = [0, 1, 2].map((index) =>
      timeOfKey(virtualClock, pace, virtualClock.keyUs + index * pace.intervalUs),
    );
    expect(slots.map((atUs) => (atUs - virtualClock.openUs) / second)).toEqual([0, 2, 4]);
  });

  it('leaves a key that is slower than that at its own pace', () => {
    const slow = paceOf(0.25);
    const virtualClock = withFeedback(steady, slow, throttled(), startUs, 0) ?? steady;
    expect(
      timeOfKey(virtualClock, slow, virtualClock.keyUs + slow.intervalUs) - virtualClock.openUs,
    ).toBeLessThan(6 * second);
  });
});

describe('a hold', () => {
  it('stops the key for 1, 2, 4, 4 … minutes and up to a quarter more, and cuts nothing', () => {
    let virtualClock: VirtualClock = steady;
    const pauses = Array.from({ length: 5 }, () => {
      const nowUs = Math.max(virtualClock.openUs, startUs) + 200_000;
      virtualClock = then(virtualClock, hold, nowUs);
      return (virtualClock.openUs - nowUs) / second;
    });
    expect(pauses).toEqual([67.5, 135, 270, 270, 270]);
    expect(virtualClock).toMatchObject({ permille: 1_000, hold: 'PROVIDER_MAINTENANCE' });
  });

  it('is one, however many tasks were told', () => {
    const once = then(steady, hold, startUs);
    expect(withFeedback(once, pace, hold, startUs + second, 0.9)).toBeUndefined();
  });

  it('prolongs the pause of a 429, and a 429 keeps it', () => {
    const paused = then(steady, throttled(5_000), startUs);
    const held = then(paused, hold, startUs + second);
    expect(held.openUs).toBe(startUs + 68.5 * second);
    const longer = then(held, throttled(100_000), startUs + 2 * second);
    expect(longer).toMatchObject({ hold: 'PROVIDER_MAINTENANCE', openUs: startUs + 102 * second });
  });

  it('counts its own pauses, not those of a 429', () => {
    const once = then(steady, throttled(), startUs);
    const twice = then(once, throttled(), once.openUs + second);
    expect(twice.pauses).toBe(2);
    const heldUs = twice.openUs + second;
    expect(openAfter(then(twice, hold, heldUs), heldUs)).toBe(67.5);
    expect(openAfter(then(twice, hold, heldUs - 2 * second), heldUs - 2 * second)).toBe(67.5);
  });

  it('is forgotten with the next 429', () => {
    const held = then(steady, hold, startUs);
    expect(then(held, throttled(), held.openUs + second).hold).toBeUndefined();
  });
});
