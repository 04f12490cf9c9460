/** Processes that share one rate limit in a table, each with a memory of its own. */
import { createRateLimiter, type RateLimiter } from '../../../functions/rate-limit/limiter.ts';
import { tableName } from '../../../local/table.ts';
import { type TestClock, testClock } from '../../support/records.ts';
import type { TestTable } from '../../support/table.ts';

let count = 0;

interface Differing {
  /** By how much its clock is ahead of the others. */
  aheadMs?: number;
  perSecond?: number;
}

/** A key that no other test uses. */
export function limitersOf(table: TestTable, perSecond: number, clock: TestClock = testClock()) {
  const name = `provider-${(count += 1)}.test`;
  const faults: unknown[] = [];
  const rebased: string[] = [];
  const deps = { client: table.client, tableName, name, random: () => 0.5 };
  /** The limiter of a new process. */
  const process = ({ aheadMs = 0, ...other }: Differing = {}): RateLimiter =>
    createRateLimiter({
      ...deps,
      perSecond: other.perSecond ?? perSecond,
      now: () => clock.now() + aheadMs,
      onUnreachable: (error) => void faults.push(error),
      onRebased: (cause) => void rebased.push(cause),
    });
  const item = async () => (await table.items()).get(`#rate#${name}#0`);
  return { clock, process, faults, rebased, name, item };
}
