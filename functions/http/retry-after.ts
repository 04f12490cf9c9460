/** Longer hints are cut to this: a mistaken header must not hold a task for hours. */
export const maxHintMs = 15 * 60_000;

const imfFixdateLength = 'Sun, 06 Nov 1994 08:49:37 GMT'.length;

/**
 * Milliseconds that a Retry-After header asks for, or nothing where it is not one of the two forms of RFC 9110: seconds,
 * of which fractions are rounded up because some servers send them, or an IMF-fixdate ahead of now. Strict, because
 * lenient parsers invent hints: `Number('')` is 0, `Number('0x10')` is 16, `Date.parse('120')` is the year 120.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}(\.\d{1,9})?$/.test(header)) return Math.min(Math.ceil(Number(header)) * 1_000, maxHintMs);
  // The round trip admits exactly IMF-fixdate, weekday included; the length keeps out years of five digits.
  const atMs = header.length === imfFixdateLength ? Date.parse(header) : Number.NaN;
  if (Number.isNaN(atMs) || new Date(atMs).toUTCString() !== header || atMs <= nowMs) return undefined;
  return Math.min(atMs - nowMs, maxHintMs);
}
