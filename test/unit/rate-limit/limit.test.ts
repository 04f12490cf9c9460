import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { burst, limitShapeOf, RateLimit, rateLimitOf } from '../../../functions/rate-limit/limit.ts';

describe('a rate limit', () => {
  it.each([0, 0.01, 0.5, 2, 9.5, 3_000])('may be %d calls a second', (rate) => {
    expect(RateLimit.parse(rate)).toBe(rate);
  });

  it.each([-1, 0.001, 3_001, Number.NaN, Infinity])('may not be %d', (rate) => {
    expect(RateLimit.safeParse(rate).success).toBe(false);
  });

  it('defaults to two calls a second at the real provider, and to none elsewhere', () => {
    expect([rateLimitOf(undefined, true), rateLimitOf(undefined, false)]).toEqual([2, 0]);
    expect([rateLimitOf(0, true), rateLimitOf(7, false)]).toEqual([0, 7]);
  });
});

describe('the shape of a limit', () => {
  it('never exceeds the rate in all shards together, and hardly falls below it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 3_000, noNaN: true }), (rate) => {
        const { shards, intervalUs } = limitShapeOf(rate);
        const perSecond = (shards * 1_000_000) / intervalUs;
        expect(perSecond).toBeLessThanOrEqual(rate * (1 + 1e-12));
        expect(perSecond).toBeGreaterThan(rate * 0.999);
      }),
    );
  });

  it.each([
    [2, 1],
    [300, 1],
    [301, 2],
    [3_000, 10],
  ])('of %d calls a second has %d shards, none of which takes more than 300', (rate, shards) => {
    expect(limitShapeOf(rate).shards).toBe(shards);
  });

  it('allows a burst of ten, shared out among the shards', () => {
    for (const rate of [0.5, 2, 300, 900, 3_000]) {
      const { shards, burstToleranceUs, intervalUs } = limitShapeOf(rate);
      expect((burstToleranceUs / intervalUs + 1) * shards).toBeLessThanOrEqual(burst);
    }
    expect(limitShapeOf(2).burstToleranceUs).toBe(9 * 500_000);
  });
});
