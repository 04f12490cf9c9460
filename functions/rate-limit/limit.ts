/** How many calls a second a key may make, and what that means for one item of the table. */
import * as z from 'zod/mini';

/** Calls a second; 0 is no limit. */
const rateBounds = { min: 0.01, max: 3_000 } as const;
const rateRule = `must be 0 (no limit) or calls a second from ${rateBounds.min} to ${rateBounds.max}`;
export const RateLimit = z
  .number(rateRule)
  .check(z.refine((rate) => rate === 0 || (rate >= rateBounds.min && rate <= rateBounds.max), rateRule));

/** So many calls may come at once after a pause in which nobody asked. */
export const burst = 10;

/**
 * The provider publishes no limit; one careful public client allows itself 20 calls in 10 s. A base URL of one's own is
 * one's own business.
 */
const careful = 2;
export const rateLimitOf = (given: number | undefined, isRealProvider: boolean): number =>
  given ?? (isRealProvider ? careful : 0);

/** A booking is one or two writes, and a partition of DynamoDB takes some 1,000 a second. */
const perShard = 300;

/** What one shard of a key's rate books, in whole microseconds so that no rounding ever adds a call. */
export interface Pace {
  shards: number;
  /** From one slot to the next. */
  intervalUs: number;
  /** By so much a slot may be used early: the burst. */
  toleranceUs: number;
}

export function paceOf(rate: number): Pace {
  const shards = Math.ceil(rate / perShard);
  const intervalUs = Math.ceil((1_000_000 * shards) / rate);
  return { shards, intervalUs, toleranceUs: (Math.max(Math.floor(burst / shards), 1) - 1) * intervalUs };
}
