/** Processes that share one rate limit in a table, each with a memory of its own. */
import { createRateLimiter, type RateLimiter } from '../../../functions/rate-limit/limiter.ts';
import { tableName } from '../../../local/table.ts';
import { type TestClock, testClock } from '../../support/records.ts';
import type { TestTable } from '../../support/table.ts';

let count = 0;

/** A key that no other test uses. */
export function limitersOf(table: TestTable, perSecond: number, clock: TestClock = testClock()) {
  const name = `provider-${(count += 1)}.test`;
  const faults: unknown[] = [];
  const deps = { client: table.client, tableName, name, perSecond, random: () => 0.5 };
  /** The limiter of a new process. */
  const process = (): RateLimiter =>
    createRateLimiter({ ...deps, now: () => clock.now(), onUnreachable: (error) => void faults.push(error) });
  const item = async () => (await table.items()).get(`#rate#${name}#0`);
  return { clock, process, faults, name, item };
}
