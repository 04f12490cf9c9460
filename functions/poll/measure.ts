/** The metrics of a poll. */
import type { Breakdown, Measure } from '../telemetry/metrics.ts';

export function measurePoll(measure: Measure, calls: number, seen: Breakdown<'polls'>[0]): void {
  measure('calls', calls);
  measure('polls', 1, seen);
  // Without a key there was no call.
  if (calls > 0) measure('answered', seen === 'unavailable' ? 0 : 1);
}
