import crypto from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { InvalidTokensError, parseTokens, tokenIndex } from '../../../functions/authorize/token.ts';

const [first = '', second = '', other = ''] = ['first', 'second', 'other'].map((name) => name.repeat(8));

describe('the stored tokens', () => {
  it('are one or two, on lines or with blanks between them', () => {
    expect(parseTokens(`${first}\n`)).toEqual([first]);
    expect(parseTokens(` ${first}\n\n${second} `)).toEqual([first, second]);
    const odd = `${'-._~+/'.repeat(6)}==`;
    expect(parseTokens(odd)).toEqual([odd]);
  });

  it.each(['', ' \n', 'short', `${first} short`, `${first},${second}`, [first, second, other].join('\n')])(
    'are not %j, which no error repeats',
    (text) => {
      expect(() => parseTokens(text)).toThrow(InvalidTokensError);
      expect(() => parseTokens(text)).not.toThrow(first);
    },
  );
});

describe('the token of a header', () => {
  it.each([
    ['the newest', `Bearer ${first}`, 0],
    ['the old one', `Bearer ${second}`, 1],
    ['the scheme in lower case', `bearer ${first}`, 0],
    ['the scheme in capitals, and more blanks', `BEARER   ${first}`, 0],
  ])('is known: %s', (_what, header, index) => {
    expect(tokenIndex([first, second], header)).toBe(index);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    first,
    `Basic ${first}`,
    `Bearer ${other}`,
    `Bearer ${first}x`,
    `Bearer x${first}`,
    `Bearer ${first.slice(1)}`,
    `Bearer ${first.toUpperCase()}`,
    `Bearer ${first},Bearer ${second}`,
    `Bearer ${first} ${second}`,
    `Bearer ${first}\n`,
    `Bearer\t${first}`,
    ` Bearer ${first}`,
    `Bearer ${'A'.repeat(16_384)}`,
  ])('is none of them: %j', (header) => {
    expect(tokenIndex([first, second], header)).toBe(-1);
  });

  it('is no empty one, and none where none is known', () => {
    expect(tokenIndex([''], 'Bearer ')).toBe(-1);
    expect(tokenIndex([], `Bearer ${first}`)).toBe(-1);
  });
});

describe('the comparison', () => {
  /** As it is, and counted. */
  const counted = vi.fn<typeof crypto.timingSafeEqual>(crypto.timingSafeEqual);
  let compare: typeof tokenIndex;
  beforeAll(async () => {
    // Another file may have loaded the module.
    vi.resetModules();
    vi.doMock('node:crypto', () => ({ ...crypto, timingSafeEqual: counted }));
    ({ tokenIndex: compare } = await import('../../../functions/authorize/token.ts'));
  });
  afterAll(() => {
    vi.doUnmock('node:crypto');
    vi.resetModules();
  });

  it.each([first, second, other, first.slice(1), 'A'.repeat(16_384)])(
    'takes the same steps whichever token is right, with digests of one length: %j',
    (given) => {
      counted.mockClear();
      compare([first, second], `Bearer ${given}`);
      const lengths = counted.mock.calls.map((both) => both.map((one) => one.byteLength));
      expect(lengths).toEqual([
        [32, 32],
        [32, 32],
      ]);
    },
  );
});
