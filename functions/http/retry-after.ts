/** Longer hints are cut to this: a mistaken header must not hold a task for hours. */
export const maxHintMs = 15 * 60_000;

/** The three forms of RFC 9110: IMF-fixdate, and the obsolete ones of RFC 850 and of asctime, both read in UTC. */
function dateIn(header: string, nowMs: number): number {
  const [, day, month, year] =
    /^[A-Z][a-z]{5,8}, (\d\d)-([A-Z][a-z]{2})-(\d\d) \d\d:\d\d:\d\d GMT$/.exec(header) ?? [];
  if (year !== undefined)
    return Date.parse(`${day} ${month} ${centuryOf(nowMs)}${year} ${header.slice(-12)}`);
  if (/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/.test(header))
    return Date.parse(`${header} GMT`);
  // The round trip admits exactly IMF-fixdate, weekday included; the length keeps out years of five digits.
  const atMs = header.length === imfFixdateLength ? Date.parse(header) : Number.NaN;
  return !Number.isNaN(atMs) && new Date(atMs).toUTCString() === header ? atMs : Number.NaN;
}
const imfFixdateLength = 'Sun, 06 Nov 1994 08:49:37 GMT'.length;
const centuryOf = (nowMs: number): string => String(new Date(nowMs).getUTCFullYear()).slice(0, 2);

/**
 * Milliseconds that a Retry-After header asks for, or nothing where it is not one of the two forms of RFC 9110: seconds,
 * of which fractions are rounded up because some servers send them, or a date ahead of now. Strict, because
 * lenient parsers invent hints: `Number('')` is 0, `Number('0x10')` is 16, `Date.parse('120')` is the year 120.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}(\.\d{1,9})?$/.test(header)) return Math.min(Math.ceil(Number(header)) * 1_000, maxHintMs);
  const atMs = dateIn(header, nowMs);
  if (!(atMs > nowMs)) return undefined;
  return Math.min(atMs - nowMs, maxHintMs);
}
