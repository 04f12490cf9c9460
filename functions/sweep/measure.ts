/** What a sweep measures at its end, when it has swept nothing too: the alarms take a missing value for a dead sweep. */
import { type Measure, metrics } from '../telemetry/metrics.ts';
import type { SweepCounts } from './outcomes.ts';

export function measureSweep(measure: Measure, counts: SweepCounts): void {
  const done = metrics.swept.by.values.filter((outcome) => outcome !== 'skipped' && counts[outcome] > 0);
  // Redeliveries, archives and cancelled records are regular work of the sweep: nothing was overdue.
  const overdue = done.filter((outcome) => !['delivering', 'archiving', 'published'].includes(outcome));
  measure(
    'overdue',
    overdue.reduce((sum, outcome) => sum + counts[outcome], 0),
  );
  for (const outcome of done) measure('swept', counts[outcome], outcome);
}
