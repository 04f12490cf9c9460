/** What a sweep measures when it has ended; that it does at all is its sign of life. */
import type { Measure } from '../telemetry/metrics.ts';
import { deeds, type Tally } from './outcomes.ts';

export function measureSweep(measure: Measure, tally: Tally): void {
  const done = deeds.filter((deed) => deed !== 'left-alone' && tally[deed] > 0);
  // A delivery that is due, and a cancelled record that nobody was told of, are the sweep's own errands.
  const overdue = done.filter((deed) => deed !== 'delivering' && deed !== 'told');
  measure(
    'overdue',
    overdue.reduce((sum, deed) => sum + tally[deed], 0),
  );
  for (const deed of done) measure('swept', tally[deed], deed);
}
