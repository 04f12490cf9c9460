import { describe, expect, it } from 'vitest';

import { measureSweep } from '../../../functions/sweep/measure.ts';
import type { SweepCounts } from '../../../functions/sweep/outcomes.ts';
import type { Measurement } from '../../../functions/telemetry/metrics.ts';

const nothing: SweepCounts = {
  postponed: 0,
  restarted: 0,
  cancelled: 0,
  lost: 0,
  published: 0,
  delivering: 0,
  archiving: 0,
  cleaned: 0,
  skipped: 0,
  failed: 0,
};
const measured = (counts: Partial<SweepCounts>): Measurement[] => {
  const values: Measurement[] = [];
  measureSweep((...value) => values.push(value), { ...nothing, ...counts });
  return values;
};

describe('what a sweep measures', () => {
  it('is a zero where nothing was overdue', () => {
    expect(measured({})).toEqual([['overdue', 0]]);
  });

  it('is the number of overdue records, and the outcomes', () => {
    expect(measured({ lost: 2, failed: 1, published: 4, delivering: 7, archiving: 6, skipped: 5 })).toEqual([
      ['overdue', 3],
      ['swept', 2, 'lost'],
      ['swept', 4, 'published'],
      ['swept', 7, 'delivering'],
      ['swept', 6, 'archiving'],
      ['swept', 1, 'failed'],
    ]);
  });
});
