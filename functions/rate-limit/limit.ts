/** How many calls a second a key may make, and what that means for one item of the table. */
import * as z from 'zod/mini';

/** Calls a second; 0 is no limit. */
const rateBounds = { min: 0.01, max: 3_000 } as const;
const rateRule = `must be 0 (no limit) or calls a second from ${rateBounds.min} to ${rateBounds.max}`;
export const RateLimit = z
  .number(rateRule)
  .check(z.refine((rate) => rate === 0 || (rate >= rateBounds.min && rate <= rateBounds.max), rateRule));

/** After a pause without calls, this many may come at once. */
export const burst = 10;

/** The provider publishes no limit; one careful public client allows itself 20 calls in 10 s. */
const defaultRate = 2;
export const rateLimitOf = (given: number | undefined, isRealProvider: boolean): number =>
  given ?? (isRealProvider ? defaultRate : 0);

/** A reservation is one or two writes, and a partition of DynamoDB takes some 1,000 a second. */
const perShard = 300;

/** Of the highest rate. */
export const maxShards = rateBounds.max / perShard;

/** The shortest and the longest interval of any rate. */
export const intervalBoundsUs = {
  min: Math.ceil(1_000_000 / perShard),
  max: Math.ceil(1_000_000 / rateBounds.min),
};

/** What one shard of the limit allows, in whole microseconds so that no rounding ever adds a call. */
export interface LimitShape {
  shards: number;
  /** From one slot to the next. */
  intervalUs: number;
  /** A slot may be used early by this much: the burst. */
  burstToleranceUs: number;
}

export function limitShapeOf(rate: number): LimitShape {
  const shards = Math.ceil(rate / perShard);
  const intervalUs = Math.ceil((1_000_000 * shards) / rate);
  const burstOfShard = Math.max(Math.floor(burst / shards), 1);
  return { shards, intervalUs, burstToleranceUs: (burstOfShard - 1) * intervalUs };
}
