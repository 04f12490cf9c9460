import { describe, expect, it } from 'vitest';

import { maxTasksInFlight } from '../../local/open-files.ts';

describe('the limit of open files', () => {
  it.each([
    [240, 20],
    [1_024, 412],
    [20_000, 1_000],
    [Number.POSITIVE_INFINITY, 1_000],
  ])('of %i allows %i tasks at a time', (limit, tasks) => {
    expect(maxTasksInFlight(limit)).toBe(tasks);
  });

  it('is too low to work with: one sentence says how many are needed', () => {
    expect(() => maxTasksInFlight(64)).toThrow(
      'ulimit -n: this process may open 64 files and needs 240; raise the limit, such as by "ulimit -n 240"',
    );
  });

  it('of this process is known', () => {
    expect(maxTasksInFlight()).toBeGreaterThan(0);
  });
});
