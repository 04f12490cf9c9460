/** When the attempts at a webhook come, and what each answer means. */

const minute = 60_000;
const hour = 60 * minute;

/** The second attempt comes in the same invocation: most failures are over in seconds. */
export const secondAttemptMs = 5_000;
/** Before the third attempt and each later one: three days in all, so that a receiver may be down over a weekend. */
export const gapsMs = [
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
] as const;
/** Drawn evenly around a gap, so that those who failed together do not come back together. */
const gapJitter = 0.2;

/** One attempt, the answer included. */
export const attemptTimeoutMs = 15_000;

/** What came of an attempt: the receiver's status, or what kept it from answering. */
export type Attempted = { status: number; retryAfterMs?: number | undefined } | { fault: string };

export type Verdict =
  | { kind: 'delivered' }
  /** The receiver wants no more of them. */
  | { kind: 'rejected' }
  | { kind: 'exhausted' }
  | { kind: 'again'; inMs: number };

/** Slow down, they say: Retry-After is heeded with these alone. */
const slowDown = [429, 502, 503, 504];

/** After so many attempts in all, this one included. `random` is drawn from [0, 1). */
export function classifyAttempt(attempted: Attempted, attempts: number, random: number): Verdict {
  const status = 'status' in attempted ? attempted.status : undefined;
  if (status !== undefined && status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'rejected' };
  const hintMs =
    'status' in attempted && slowDown.includes(attempted.status) ? (attempted.retryAfterMs ?? 0) : 0;
  if (attempts === 1) return { kind: 'again', inMs: Math.max(secondAttemptMs, hintMs) };
  const gapMs = gapsMs[attempts - 2];
  if (gapMs === undefined) return { kind: 'exhausted' };
  const jitteredMs = Math.round(gapMs * (1 - gapJitter + 2 * gapJitter * random));
  return { kind: 'again', inMs: Math.max(jitteredMs, hintMs) };
}
