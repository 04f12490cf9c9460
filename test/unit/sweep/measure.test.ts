import { describe, expect, it } from 'vitest';

import type { Measurement } from '../../../functions/telemetry/metrics.ts';
import { measureSweep } from '../../../functions/sweep/measure.ts';
import type { Tally } from '../../../functions/sweep/outcomes.ts';

const nothing: Tally = {
  postponed: 0,
  restarted: 0,
  cancelled: 0,
  lost: 0,
  told: 0,
  delivering: 0,
  cleaned: 0,
  'left-alone': 0,
  failed: 0,
};
const measured = (tally: Partial<Tally>): Measurement[] => {
  const values: Measurement[] = [];
  measureSweep((...value) => values.push(value), { ...nothing, ...tally });
  return values;
};

describe('what a sweep measures', () => {
  it('is a sign of life, also where nothing was overdue', () => {
    expect(measured({})).toEqual([['overdue', 0]]);
  });

  it('is how many records were overdue, and what came of them', () => {
    expect(measured({ lost: 2, failed: 1, told: 4, delivering: 7, 'left-alone': 5 })).toEqual([
      ['overdue', 3],
      ['swept', 2, 'lost'],
      ['swept', 4, 'told'],
      ['swept', 7, 'delivering'],
      ['swept', 1, 'failed'],
    ]);
  });
});
