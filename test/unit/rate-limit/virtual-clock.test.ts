import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { paceOf } from '../../../functions/rate-limit/limit.ts';
import {
  type Brake,
  braked,
  braking,
  keyTimeAt,
  steady,
  type Tempo,
  timeOfKey,
} from '../../../functions/rate-limit/virtual-clock.ts';

const second = 1_000_000;
const startUs = 1_795_348_800 * second;
const pace = paceOf(10);
const throttled = (hintMs?: number): Brake => ({ kind: 'throttled', hintMs });
const hold: Brake = { kind: 'hold', code: 'PROVIDER_MAINTENANCE' };

const brake = fc.oneof(
  fc.record({
    kind: fc.constant('throttled' as const),
    hintMs: fc.option(fc.nat(900_000), { nil: undefined }),
  }),
  fc.constant(hold),
);
/** What a key has gone through: brakes, each so long after the one before. */
const past = fc.array(fc.record({ afterUs: fc.nat(600 * second), brake }), { maxLength: 12 });

function after(brakes: { afterUs: number; brake: Brake }[]): { tempo: Tempo; nowUs: number } {
  let tempo: Tempo = steady;
  let nowUs = startUs;
  for (const each of brakes) {
    nowUs += each.afterUs;
    tempo = braked(tempo, pace, each.brake, nowUs, 0.5) ?? tempo;
  }
  return { tempo, nowUs };
}
/** One that must be news. */
const then = (tempo: Tempo, what: Brake, nowUs: number): Tempo => {
  const next = braked(tempo, pace, what, nowUs, 0.5);
  if (next === undefined) throw new Error('nothing changed');
  return next;
};

/** Seconds. */
const openAfter = ({ openUs }: Tempo, sinceUs: number) => (openUs - sinceUs) / second;

describe("the key's clock", () => {
  it('is ours, as long as nothing ever happened', () => {
    expect(keyTimeAt(steady, pace, startUs)).toBe(startUs);
    expect(timeOfKey(steady, pace, startUs)).toBe(startUs);
  });

  it('never runs backwards, and never faster than ours', () => {
    fc.assert(
      fc.property(past, fc.nat(900 * second), fc.nat(900 * second), (brakes, firstUs, moreUs) => {
        const { tempo, nowUs } = after(brakes);
        const before = keyTimeAt(tempo, pace, nowUs + firstUs);
        const behind = keyTimeAt(tempo, pace, nowUs + firstUs + moreUs);
        // Fractions of a microsecond are left out on the way.
        expect(behind - before).toBeGreaterThanOrEqual(0);
        expect(behind - before).toBeLessThanOrEqual(moreUs + 1);
      }),
    );
  });

  it('tells when it will show a time: then it does, and not a moment earlier', () => {
    fc.assert(
      fc.property(past, fc.nat(900 * second), (brakes, aheadUs) => {
        const { tempo, nowUs } = after(brakes);
        const wanted = keyTimeAt(tempo, pace, nowUs) + aheadUs + 1;
        const atUs = timeOfKey(tempo, pace, wanted);
        expect(keyTimeAt(tempo, pace, atUs)).toBeGreaterThanOrEqual(wanted);
        expect(keyTimeAt(tempo, pace, atUs - 1)).toBeLessThan(wanted);
      }),
    );
  });

  it('shows the same just before and just after it was braked', () => {
    fc.assert(
      fc.property(past, brake, (brakes, last) => {
        const { tempo, nowUs } = after(brakes);
        const next = braked(tempo, pace, last, nowUs + 7, 0) ?? tempo;
        expect(keyTimeAt(next, pace, nowUs + 7)).toBe(keyTimeAt(tempo, pace, nowUs + 7));
      }),
    );
  });

  it('runs at full speed again in the end', () => {
    fc.assert(
      fc.property(past, (brakes) => {
        const { tempo, nowUs } = after(brakes);
        const laterUs = nowUs + 2 * 3_600 * second;
        expect(keyTimeAt(tempo, pace, laterUs + second) - keyTimeAt(tempo, pace, laterUs)).toBe(second);
      }),
    );
  });
});

describe('a 429', () => {
  it('stops the key for its hint, or for 1, 2, 4, 8, 15 s while each comes upon the one before', () => {
    expect(openAfter(then(steady, throttled(20_000), startUs), startUs)).toBe(20);
    let tempo: Tempo = steady;
    const pauses = Array.from({ length: 8 }, () => {
      const nowUs = Math.max(tempo.openUs, startUs) + second;
      tempo = then(tempo, throttled(), nowUs);
      return openAfter(tempo, nowUs);
    });
    expect(pauses).toEqual([1, 2, 4, 8, 15, 15, 15, 15]);
    const muchLaterUs = tempo.openUs + 60 * second;
    expect(openAfter(then(tempo, throttled(), muchLaterUs), muchLaterUs)).toBe(1);
  });

  it('cuts the rate to seven tenths, once in five seconds at the most', () => {
    const once = then(steady, throttled(), startUs);
    expect(once.permille).toBe(700);
    for (const afterUs of [0, 150_000, second - 1])
      expect(braked(once, pace, throttled(), startUs + afterUs, 0)).toBeUndefined();
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
    expect(braked(once, pace, throttled(4_000), startUs + second, 0)).toBeUndefined();
    const longer = then(once, throttled(9_000), startUs + second);
    expect(longer).toMatchObject({ openUs: startUs + 10 * second, permille: 700, pauses: 1 });
    const again = then(longer, throttled(), longer.openUs + second);
    const longest = then(again, throttled(90_000), again.openUs - second);
    expect([again.pauses, longest.pauses]).toEqual([2, 2]);
  });

  it('never slows the key to less than a quarter, and the rate comes back step by step', () => {
    let tempo: Tempo = steady;
    for (let times = 0; times < 10; times++)
      tempo = then(tempo, throttled(), Math.max(tempo.openUs, startUs) + 5 * second);
    expect(tempo.permille).toBe(braking.floorPermille);
    const fromUs = tempo.openUs + braking.probes * braking.probeGapUs;
    const speeds = Array.from({ length: 6 }, (_, step) => {
      const atUs = fromUs + step * braking.recoverUs;
      return (keyTimeAt(tempo, pace, atUs + second) - keyTimeAt(tempo, pace, atUs)) / second;
    });
    expect(speeds.map((speed) => speed.toFixed(2))).toEqual(['0.25', '0.36', '0.51', '0.73', '1.00', '1.00']);
  });

  it('is followed by single calls, until their answers are known', () => {
    const tempo = then(steady, throttled(), startUs);
    const slots = [0, 1, 2].map((index) => timeOfKey(tempo, pace, tempo.keyUs + index * pace.intervalUs));
    expect(slots.map((atUs) => (atUs - tempo.openUs) / second)).toEqual([0, 2, 4]);
  });

  it('leaves a key that is slower than that at its own pace', () => {
    const slow = paceOf(0.25);
    const tempo = braked(steady, slow, throttled(), startUs, 0) ?? steady;
    expect(timeOfKey(tempo, slow, tempo.keyUs + slow.intervalUs) - tempo.openUs).toBeLessThan(6 * second);
  });
});

describe('a hold', () => {
  it('stops the key for 1, 2, 4, 4 … minutes and up to a quarter more, and cuts nothing', () => {
    let tempo: Tempo = steady;
    const pauses = Array.from({ length: 5 }, () => {
      const nowUs = Math.max(tempo.openUs, startUs) + 200_000;
      tempo = then(tempo, hold, nowUs);
      return (tempo.openUs - nowUs) / second;
    });
    expect(pauses).toEqual([67.5, 135, 270, 270, 270]);
    expect(tempo).toMatchObject({ permille: 1_000, hold: 'PROVIDER_MAINTENANCE' });
  });

  it('is one, however many tasks were told', () => {
    const once = then(steady, hold, startUs);
    expect(braked(once, pace, hold, startUs + second, 0.9)).toBeUndefined();
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
