/** Processes that share one rate in a table, each with a memory of its own. */
import { createRateLimiter, type Rate } from '../../../functions/rate-limit/limiter.ts';
import { tableName } from '../../../local/table.ts';
import { type TestClock, testClock } from '../../support/records.ts';
import type { TestTable } from '../../support/table.ts';

let count = 0;

/** A key that no other test uses. */
export function ratesOf(table: TestTable, perSecond: number, clock: TestClock = testClock()) {
  const name = `provider-${(count += 1)}.test`;
  const faults: unknown[] = [];
  const deps = { client: table.client, tableName, name, perSecond, random: () => 0.5 };
  /** A new process. */
  const process = (): Rate =>
    createRateLimiter({ ...deps, now: () => clock.now(), unreachable: (error) => void faults.push(error) });
  return { clock, process, faults, name };
}
