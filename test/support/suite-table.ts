import { afterAll, beforeEach } from 'vitest';

import { openTable, type TestTable } from './table.ts';

/** One table for the tests of a file. Planned faults and counted calls end with each test. */
export async function openSuiteTable(): Promise<TestTable> {
  const table = await openTable();
  afterAll(() => table.close());
  beforeEach(() => table.reset());
  return table;
}
