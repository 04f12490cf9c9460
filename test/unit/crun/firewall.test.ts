/** A middleman's answer is not the provider's word: above all it says nothing about the key. */
import { describe, expect, it } from 'vitest';

import type { Exchange } from '../../../functions/crun/client.ts';
import { answered, asked, classified, done, envelope, htmlPage, success } from '../../support/answers.ts';
import { ask, rawServer } from '../../support/servers.ts';

const marked = (httpStatus: number, firewall: string, retryAfter?: string): Exchange => ({
  ...answered(htmlPage, httpStatus, retryAfter),
  firewall,
});
const cloudflare = JSON.stringify({ title: 'Error 1010', error_code: 1010, cloudflare_error: true });
const unauthorized = { kind: 'denied', code: 'UNAUTHORIZED' };

describe.each([401, 402, 403, 455])('HTTP %i', (httpStatus) => {
  it.each([
    ['a page', htmlPage],
    ['plain text', 'Forbidden'],
    ['nothing', ''],
    ['JSON text', '"Forbidden"'],
    ['a JSON number', String(httpStatus)],
    ['a JSON list', '[]'],
  ])('with %s is unavailable, and its reason says so', (_what, body) => {
    const reason = `HTTP ${httpStatus} without a JSON object`;
    expect(classified(answered(body, httpStatus))).toEqual({ kind: 'unavailable', reason });
  });

  it('with a body that cannot be read is unavailable', () => {
    const unreadable = { kind: 'unreadable', httpStatus, fault: 'encoded' } as const;
    expect(classified(unreadable).kind).toBe('unavailable');
  });

  it('with a page and Retry-After is throttled', () => {
    const reason = `HTTP ${httpStatus} with Retry-After`;
    const seen = { kind: 'throttled', reason, hintMs: 7_000 };
    expect(classified(answered(htmlPage, httpStatus, '7'))).toEqual(seen);
  });

  it.each(['without', 'with'])('whose page repeats the key says nothing of the page, %s a hint', (how) => {
    const page = `<h1>${asked.apiKey}</h1>`;
    const seen = classified(answered(page, httpStatus, how === 'with' ? asked.apiKey : undefined));
    expect(JSON.stringify(seen)).not.toContain(asked.apiKey);
  });
});

describe.each([
  [402, 'INSUFFICIENT_CREDITS'],
  [455, 'PROVIDER_MAINTENANCE'],
])('HTTP %i', (httpStatus, code) => {
  it.each([
    ['a JSON object', '{"message":"not now"}'],
    ['the envelope', envelope(httpStatus)],
    ['an envelope that says otherwise', success(done())],
  ])('with %s holds the key, with a hint too', (_what, body) => {
    expect(classified(answered(body, httpStatus))).toMatchObject({ kind: 'on-hold', code });
    expect(classified(answered(body, httpStatus, '7'))).toMatchObject({ kind: 'on-hold', code });
  });
});

describe.each([401, 403])('HTTP %i', (httpStatus) => {
  it.each([
    ['a JSON object', '{"message":"Forbidden"}'],
    ['the envelope', envelope(401)],
    ['an envelope that says otherwise', success(done())],
  ])('with %s denies the key', (_what, body) => {
    expect(classified(answered(body, httpStatus))).toMatchObject(unauthorized);
  });

  it.each([
    ['a JSON object', '{}', '7', 7_000],
    ['an envelope that says otherwise', success(done()), '7', 7_000],
    ['a page and an absurd hint', htmlPage, 'soon', undefined],
  ])('with Retry-After and %s is throttled', (_what, body, retryAfter, hintMs) => {
    const reason = `HTTP ${httpStatus} with Retry-After`;
    expect(classified(answered(body, httpStatus, retryAfter))).toEqual({ kind: 'throttled', reason, hintMs });
  });

  it('with Retry-After and an envelope of that code denies the key', () => {
    expect(classified(answered(envelope(httpStatus), httpStatus, '7'))).toMatchObject(unauthorized);
  });
});

describe('an answer that a firewall marks as its own', () => {
  it.each([
    ['202', marked(202, 'x-amzn-waf-action')],
    ['302', marked(302, 'cf-mitigated')],
    ['402', marked(402, 'cf-mitigated')],
    ['403', marked(403, 'cf-mitigated')],
    ['405', marked(405, 'x-amzn-waf-action')],
    ['503', marked(503, 'cf-mitigated')],
    ['403', answered(cloudflare, 403)],
    ['404', answered(cloudflare, 404)],
    ['409', answered(cloudflare, 409)],
    ['530', answered(cloudflare, 530)],
  ])('over HTTP %s is unavailable', (httpStatus, exchange) => {
    const reason = `HTTP ${httpStatus} of a firewall`;
    expect(classified(exchange)).toEqual({ kind: 'unavailable', reason });
  });

  it.each([403, 409, 429, 503])('over HTTP %i with Retry-After is throttled', (httpStatus) => {
    const seen = { kind: 'throttled', hintMs: 30_000, reason: `HTTP ${httpStatus} of a firewall` };
    expect(classified(marked(httpStatus, 'cf-mitigated', '30'))).toEqual(seen);
  });

  it('is the provider’s word all the same where it holds the envelope', () => {
    expect(classified({ ...answered(envelope(402)), firewall: 'cf-mitigated' })).toMatchObject({
      code: 'INSUFFICIENT_CREDITS',
    });
  });

  it.each(['cf-mitigated: challenge', 'X-Amzn-Waf-Action: captcha'])(
    'is known by its header %s',
    async (header) => {
      await using server = await rawServer(
        (socket) => void socket.end(`HTTP/1.1 403 Forbidden\r\n${header}\r\ncontent-length: 0\r\n\r\n`),
      );
      const firewall = header.slice(0, header.indexOf(':')).toLowerCase();
      expect(await ask(server.baseUrl)).toMatchObject({ httpStatus: 403, firewall });
    },
  );
});
