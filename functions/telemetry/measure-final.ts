/** What is measured of a record by the function that made it final. */
import { abandonmentCodes } from '../detection/error-codes.ts';
import { isFinal } from '../detection/types.ts';
import { taskSinceMs } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Measure } from './metrics.ts';

/** `lagMs` is `NaN` where no poll had seen the task at work: the lag of its answer is not measured then. */
export function measureFinal(measure: Measure, head: Head, lagMs = Number.NaN): void {
  const { status, error, final_at } = head;
  if (!isFinal(status) || final_at === undefined) return;
  // A caller's clock may be ahead of ours.
  const ageMs = Math.max(Date.parse(final_at) - taskSinceMs(head), 0);
  measure('ageAtFinal', ageMs / 1_000, status);
  const code = abandonmentCodes.find((known) => known === error?.code);
  if (code !== undefined) measure('abandoned', 1, code);
  else if (!Number.isNaN(lagMs)) measure('answerLag', Math.max(lagMs, 0));
}
