import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { maxHintMs, retryAfterMs } from '../../../functions/http/retry-after.ts';

const nowMs = Date.UTC(2026, 10, 22, 12);

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

/** RFC 9110, section 5.6.7, put together by hand: an agreement with one library function would prove nothing. */
function imfFixdate(at: Date): string {
  const day = `${days[at.getUTCDay()]}, ${two(at.getUTCDate())} ${months[at.getUTCMonth()]}`;
  const year = String(at.getUTCFullYear()).padStart(4, '0');
  const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
  return `${day} ${year} ${time} GMT`;
}

const wholeSecond = (min: number, max: number): fc.Arbitrary<Date> =>
  fc.integer({ min, max }).map((seconds) => new Date(seconds * 1_000));

describe('a hint', () => {
  it.each([
    ['of no seconds asks for no wait', '0', 0],
    ['of one second is taken', '1', 1_000],
    ['of two minutes is taken', '120', 120_000],
    ['with leading zeros is taken', '007', 7_000],
    ['of a fraction is rounded up', '5.5', 6_000],
    ['of less than a second is rounded up', '0.001', 1_000],
    ['of a fraction of nothing is none to wait for', '0.0', 0],
    ['of a fraction below the longest wait is taken', '899.5', 900_000],
    ['of exactly the longest wait is taken', '900', 900_000],
    ['of a second more is cut', '901', 900_000],
    ['of thirty years is cut', '999999999', 900_000],
    ['that names the next second is taken', 'Sun, 22 Nov 2026 12:00:01 GMT', 1_000],
    ['that names a moment ahead is taken', 'Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['in the form of RFC 850 is taken', 'Sunday, 22-Nov-26 12:00:30 GMT', 30_000],
    ['in the form of asctime is taken', 'Sun Nov 22 12:00:30 2026', 30_000],
    ['in the form of asctime, on a day of one digit, is cut', 'Tue Dec  1 12:00:30 2026', 900_000],
    ['that names another day is cut', 'Mon, 23 Nov 2026 12:00:00 GMT', 900_000],
    ['that names a leap day is cut', 'Tue, 29 Feb 2028 00:00:00 GMT', 900_000],
    ['that names the year 2099 is cut', 'Thu, 31 Dec 2099 23:59:59 GMT', 900_000],
    ['that names the last year of four digits is cut', 'Fri, 31 Dec 9999 23:59:59 GMT', 900_000],
  ])('%s', (_behaviour, header, expected) => {
    expect(retryAfterMs(header, nowMs)).toBe(expected);
  });

  it.each([
    ['is absent', undefined],
    ['is empty', ''],
    ['is blank', ' '],
    ['is negative', '-5'],
    ['has a sign', '+5'],
    ['is a fraction without a whole part', '.5'],
    ['has two points', '1.5.5'],
    ['has a comma', '1,5'],
    ['has a fraction of ten digits', '1.0000000001'],
    ['ends in a point', '5.'],
    ['has an exponent', '1e9'],
    ['has ten digits', '1000000000'],
    ['has twenty digits', '99999999999999999999'],
    ['is hexadecimal', '0x10'],
    ['is octal', '0o17'],
    ['is infinite', 'Infinity'],
    ['is not a number', 'NaN'],
    ['is a word', 'soon'],
    ['has a unit', '30s'],
    ['is a list', '30, 60'],
    ['has a parameter', '30; q=1'],
    ['has a separator', '1_000'],
    ['has a space before it', ' 30'],
    ['has a space behind it', '30 '],
    ['has a line break behind it', '30\n'],
    ['has digits of another script', '٣٠'],
    ['has wide digits', '３０'],
    ['is quoted', '"30"'],
    ['names this very moment', 'Sun, 22 Nov 2026 12:00:00 GMT'],
    ['names the past', 'Sun, 22 Nov 2026 11:59:59 GMT'],
    ['names the epoch', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['names the wrong weekday', 'Mon, 22 Nov 2026 12:00:30 GMT'],
    ['names no weekday', '22 Nov 2026 12:00:30 GMT'],
    ['names a day that does not exist', 'Tue, 30 Feb 2027 12:00:00 GMT'],
    ['names an hour that does not exist', 'Sun, 22 Nov 2026 24:00:00 GMT'],
    ['names a leap second', 'Sun, 22 Nov 2026 23:59:60 GMT'],
    ['has a day of one digit', 'Tue, 1 Dec 2026 12:00:00 GMT'],
    ['has a year of two digits', 'Sun, 22 Nov 26 12:00:30 GMT'],
    ['has a year of five digits', 'Sat, 01 Jan 10000 00:00:00 GMT'],
    ['has another zone', 'Sun, 22 Nov 2026 12:00:30 EST'],
    ['has an offset', 'Sun, 22 Nov 2026 12:00:30 +0000'],
    ['says UTC', 'Sun, 22 Nov 2026 12:00:30 UTC'],
    ['is in lower case', 'sun, 22 nov 2026 12:00:30 gmt'],
    ['is in ISO 8601', '2026-11-22T12:00:30Z'],
    ['has a comment', 'Sun, 22 Nov 2026 12:00:30 GMT (noon)'],
    ['has a space behind its date', 'Sun, 22 Nov 2026 12:00:30 GMT '],
  ])('is ignored where it %s', (_behaviour, header) => {
    expect(retryAfterMs(header, nowMs)).toBeUndefined();
  });

  it('is never longer than a quarter of an hour', () => {
    expect(maxHintMs).toBe(15 * 60 * 1_000);
  });
});

describe('any header', () => {
  const numberLike = fc.stringMatching(/^[-+ ]?[0-9٣eExX.,_]{0,24} ?$/);
  const dateLike = fc
    .date({ min: new Date(-1e14), max: new Date(8e15), noInvalidDate: true })
    .map((at) => at.toUTCString());
  const header = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), numberLike, dateLike);

  it('gives a whole wait between nothing and the longest, or none', () => {
    fc.assert(
      fc.property(header, fc.integer({ min: 0, max: 8e15 }), (text, atMs) => {
        const hintMs = retryAfterMs(text, atMs);
        if (hintMs === undefined) return;
        expect(Number.isInteger(hintMs)).toBe(true);
        expect(hintMs).toBeGreaterThanOrEqual(0);
        expect(hintMs).toBeLessThanOrEqual(maxHintMs);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of up to nine digits is read as seconds', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), (seconds) => {
        expect(retryAfterMs(String(seconds), nowMs)).toBe(Math.min(seconds * 1_000, 900_000));
      }),
    );
  });

  const lastOfFourDigits = Date.UTC(9999, 11, 31, 23, 59, 59) / 1_000;

  it('that names a moment ahead is the time until then', () => {
    const soon = wholeSecond(nowMs / 1_000 + 1, nowMs / 1_000 + 1_000);
    const late = wholeSecond(nowMs / 1_000 + 1, lastOfFourDigits);
    fc.assert(
      fc.property(fc.oneof(soon, late), (at) => {
        expect(retryAfterMs(imfFixdate(at), nowMs)).toBe(Math.min(at.getTime() - nowMs, 900_000));
      }),
    );
  });

  it('that names a moment past gives none', () => {
    fc.assert(
      fc.property(wholeSecond(0, nowMs / 1_000), (at) => {
        expect(retryAfterMs(imfFixdate(at), nowMs)).toBeUndefined();
      }),
    );
  });
});
