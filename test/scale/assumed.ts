/** Numbers of the service that the page on scale counts with, beside those of its policy. */
import { maxAgeMs } from '../../functions/api-key/reader.ts';
import { describeGapMs } from '../../functions/sweep/expired-leases.ts';

/** Each sandbox reads the provider's key so often. */
export const keyMaxAgeSeconds = maxAgeMs / 1_000;
/** A sweep runs every minute for a minute, and keeps a quarter of it to end what it has begun. */
const sweepSeconds = 45;
/** So many Standard executions are asked after in a minute. */
export const describesPerMinute = (1_000 * sweepSeconds) / describeGapMs;
