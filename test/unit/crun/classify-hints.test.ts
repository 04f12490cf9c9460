/** Retry-After: whose answer it belongs to, and for how long it counts. */
import { describe, expect, it } from 'vitest';

import type { Exchange } from '../../../functions/crun/client.ts';
import { answered, classified, done, envelope, htmlPage, success } from '../../support/answers.ts';

const cut = (httpStatus: number): Exchange => ({
  kind: 'unreadable',
  httpStatus,
  fault: 'cut',
  retryAfter: '7',
});

describe('the hint of a throttled answer', () => {
  it.each([
    ['is taken from HTTP 429', answered(htmlPage, 429, '7'), 7_000],
    ['is taken from code 429 over HTTP 200', answered(envelope(429), 200, '7'), 7_000],
    ['is taken from code 429 over HTTP 503', answered(envelope(429), 503, '7'), 7_000],
    ['is taken from HTTP 429 over any code', answered(success(done()), 429, '7'), 7_000],
    ['is taken where the body is cut', cut(429), 7_000],
    ['is cut to a quarter of an hour', answered(envelope(429), 200, '86400'), 900_000],
    ['is taken as a date', answered(envelope(429), 429, 'Sun, 22 Nov 2026 12:00:09 GMT'), 9_000],
    ['is none where it is absurd', answered(envelope(429), 429, '-1'), undefined],
    ['is none where there is none', answered(envelope(429), 429), undefined],
  ] satisfies [string, Exchange, number | undefined][])('%s', (_behaviour, exchange, hintMs) => {
    expect(classified(exchange)).toMatchObject({ kind: 'throttled', hintMs });
  });
});

describe('the hint of an unavailable provider', () => {
  it.each([
    ['is taken from HTTP 503', answered(htmlPage, 503, '7'), 7_000],
    ['is taken from HTTP 500 over code 200', answered(success(done()), 500, '7'), 7_000],
    ['is taken from code 500 over HTTP 200', answered(envelope(500), 200, '7'), 7_000],
    ['is taken from code 503 over HTTP 503', answered(envelope(503), 503, '5.5'), 6_000],
    ['is taken where the body is cut', cut(502), 7_000],
    ['is none where there is none', answered(htmlPage, 503), undefined],
    ['is none where the answer is no envelope for itself', answered(htmlPage, 200, '7'), undefined],
  ] satisfies [string, Exchange, number | undefined][])('%s', (_behaviour, exchange, hintMs) => {
    const seen = classified(exchange);
    expect(seen.kind === 'unavailable' && seen.hintMs).toBe(hintMs);
  });
});
