import { describe, expect, it } from 'vitest';

import { formatPrice, priceOf } from '../../../client/price.ts';

describe('the price of a task', () => {
  it('is 25 millionths of a dollar a state, 0.2 a visit, and 3.33 a second at 256 MB', () => {
    expect(priceOf({ transitions: 1_000_000, visits: 0, lambda_ms: 0 })).toBeCloseTo(25, 9);
    expect(priceOf({ transitions: 0, visits: 1_000_000, lambda_ms: 0 })).toBeCloseTo(0.2, 9);
    expect(priceOf({ transitions: 0, visits: 0, lambda_ms: 1e9 })).toBeCloseTo(3.333_35, 9);
  });

  it('is some 78 millionths for a task of one visit of a second', () => {
    expect(formatPrice(priceOf({ transitions: 3, visits: 1, lambda_ms: 1_000 }))).toBe('$0.000079');
  });

  it('is nothing before anything was done', () => {
    expect(formatPrice(priceOf({ transitions: 0, visits: 0, lambda_ms: 0 }))).toBe('$0.000000');
  });
});
