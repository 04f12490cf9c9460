/** What a sweep measures when it has ended; that it does at all is its sign of life. */
import type { Measure } from '../telemetry/metrics.ts';
import { sweepOutcomes, type SweepCounts } from './outcomes.ts';

export function measureSweep(measure: Measure, counts: SweepCounts): void {
  const done = sweepOutcomes.filter((outcome) => outcome !== 'skipped' && counts[outcome] > 0);
  // A delivery that is due, and a cancelled record that nobody was told of, are the sweep's own errands.
  const overdue = done.filter((outcome) => outcome !== 'delivering' && outcome !== 'published');
  measure(
    'overdue',
    overdue.reduce((sum, outcome) => sum + counts[outcome], 0),
  );
  for (const outcome of done) measure('swept', counts[outcome], outcome);
}
