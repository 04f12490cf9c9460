import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  type Attempted,
  gapsMs,
  classifyAttempt,
  secondAttemptMs,
} from '../../../../functions/notify/webhook/schedule.ts';

const failure: Attempted = { fault: 'timeout' };

describe('an attempt', () => {
  it.each([200, 201, 202, 204, 299])('is delivered by an answer of %i', (status) => {
    expect(classifyAttempt({ status }, 1, 0.5)).toEqual({ kind: 'delivered' });
  });

  it('is rejected for good by an answer of 410', () => {
    expect(classifyAttempt({ status: 410 }, 1, 0.5)).toEqual({ kind: 'rejected' });
    expect(classifyAttempt({ status: 410 }, 10, 0.5)).toEqual({ kind: 'rejected' });
  });

  it.each(['blocked-url', 'forgotten'] as const)('is rejected for good where it is %s', (fault) => {
    expect(classifyAttempt({ fault }, 1, 0.5)).toEqual({ kind: 'rejected' });
  });

  it.each([100, 199, 300, 301, 302, 307, 400, 401, 404, 409, 429, 500, 503])(
    'fails by an answer of %i, redirects included',
    (status) => {
      expect(classifyAttempt({ status }, 2, 0.5)).toEqual({ kind: 'retry', inMs: gapsMs[0] });
    },
  );

  it.each([400, 404, 500])('ignores the Retry-After of an answer of %i', (status) => {
    expect(classifyAttempt({ status, retryAfterMs: 60_000 }, 1, 0.5)).toEqual({
      kind: 'retry',
      inMs: secondAttemptMs,
    });
  });

  it('is followed by another after 5 s, then by the gaps, then by none', () => {
    const verdicts = Array.from({ length: 10 }, (_, before) => classifyAttempt(failure, before + 1, 0.5));
    const gaps = [secondAttemptMs, ...gapsMs];
    expect(verdicts).toEqual([...gaps.map((inMs) => ({ kind: 'retry', inMs })), { kind: 'exhausted' }]);
    // A receiver may be down for three days.
    expect(gaps.reduce((sum, gap) => sum + gap)).toBeGreaterThan(72 * 3_600_000);
  });

  it('varies each gap by a fifth', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempts, random) => {
          const verdict = classifyAttempt(failure, attempts, random);
          const gap = gapsMs[attempts - 2] ?? Number.NaN;
          expect(verdict.kind === 'retry' && verdict.inMs / gap).toBeGreaterThanOrEqual(0.8);
          expect(verdict.kind === 'retry' && verdict.inMs / gap).toBeLessThanOrEqual(1.2);
        },
      ),
    );
  });

  it.each([429, 502, 503, 504])(
    'waits for the Retry-After of an answer of %i, if that is longer',
    (status) => {
      expect(classifyAttempt({ status, retryAfterMs: 60_000 }, 1, 0.5)).toEqual({
        kind: 'retry',
        inMs: 60_000,
      });
      expect(classifyAttempt({ status, retryAfterMs: 1_000 }, 2, 0.5)).toEqual({
        kind: 'retry',
        inMs: gapsMs[0],
      });
    },
  );

  it('ignores the Retry-After of any other answer', () => {
    expect(classifyAttempt({ status: 500, retryAfterMs: 60_000 }, 1, 0.5)).toEqual({
      kind: 'retry',
      inMs: secondAttemptMs,
    });
  });
});
