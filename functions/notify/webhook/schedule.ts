/** When the attempts at a webhook come, and what each response means. */
import type { Sent } from './request.ts';

const minute = 60_000;
const hour = 60 * minute;

/** The second attempt comes in the same invocation: most failures pass in seconds. */
export const secondAttemptMs = 5_000;
/** Before the third attempt and each later one. Three days in all: a receiver may be down over a weekend. */
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
/** Drawn evenly around a gap, so that deliveries that failed together do not come back together. */
const gapJitter = 0.2;

/** One attempt, the response included. */
export const attemptTimeoutMs = 15_000;

/** `forgotten`: the record was, between the claim and the request. */
export type Attempted = Sent | { fault: 'forgotten' };

export type AttemptResult =
  | { kind: 'delivered' }
  /** The receiver wants no more, or nothing may be sent. */
  | { kind: 'rejected' }
  | { kind: 'exhausted' }
  | { kind: 'retry'; inMs: number };

const retryAfterStatuses = [429, 502, 503, 504];
const finalFaults = ['blocked-url', 'forgotten'];

/** `attempts`: how many there were, this one included. `random` is drawn from [0, 1). */
export function classifyAttempt(attempted: Attempted, attempts: number, random: number): AttemptResult {
  if ('fault' in attempted) {
    return finalFaults.includes(attempted.fault) ? { kind: 'rejected' } : retry(attempts, random, 0);
  }
  const { status, retryAfterMs = 0 } = attempted;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'rejected' };
  return retry(attempts, random, retryAfterStatuses.includes(status) ? retryAfterMs : 0);
}

/** An attempt, and the sweep that begins it, take less. */
const lastAttemptLeadMs = 10 * minute;

/** The schedule ends with the record: an attempt that would come after it could not be recorded. */
export const endBefore = (expiresInMs: number, result: AttemptResult): AttemptResult =>
  result.kind === 'retry' && result.inMs > expiresInMs - lastAttemptLeadMs ? { kind: 'exhausted' } : result;

function retry(attempts: number, random: number, hintMs: number): AttemptResult {
  if (attempts === 1) return { kind: 'retry', inMs: Math.max(secondAttemptMs, hintMs) };
  const gapMs = gapsMs[attempts - 2];
  if (gapMs === undefined) return { kind: 'exhausted' };
  const jitteredMs = Math.round(gapMs * (1 - gapJitter + 2 * gapJitter * random));
  return { kind: 'retry', inMs: Math.max(jitteredMs, hintMs) };
}
