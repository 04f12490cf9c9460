/** The metrics of a poll, and of a record that this invocation made final. */
import { abandonmentCodes } from '../detection/error-codes.ts';
import { isFinal } from '../detection/types.ts';
import { taskSinceMs } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Breakdown, Measure } from '../telemetry/metrics.ts';

export function measurePoll(measure: Measure, calls: number, seen: Breakdown<'polls'>[0]): void {
  measure('calls', calls);
  measure('polls', 1, seen);
  // Without a key there was no call.
  if (calls > 0) measure('answered', seen === 'unavailable' ? 0 : 1);
}

/** `lagMs` is `NaN` where no poll had seen the task at work: then there is no lag to measure. */
export function measureFinal(measure: Measure, head: Head, lagMs = Number.NaN): void {
  const { status, error, final_at } = head;
  if (!isFinal(status) || final_at === undefined) return;
  measure('ageAtFinal', secondsBetween(taskSinceMs(head), Date.parse(final_at)), status);
  const code = abandonmentCodes.find((known) => known === error?.code);
  if (code !== undefined) measure('abandoned', 1, code);
  else if (!Number.isNaN(lagMs)) measure('answerLag', Math.max(lagMs, 0));
}

/** A caller's clock may be ahead of ours. */
const secondsBetween = (fromMs: number, toMs: number): number => Math.max(toMs - fromMs, 0) / 1_000;
