/** The metrics of a record, by the invocation that made it final. */
import { abandonmentCodes } from '../detection/error-codes.ts';
import type { Stored } from '../detection/fields.ts';
import { isFinal, taskSinceMs } from '../detection/types.ts';
import type { Measure } from './metrics.ts';

/** `lagMs` is `NaN` where no poll had seen the task at work: then there is no lag to measure. */
export function measureFinal(measure: Measure, record: Stored, lagMs = Number.NaN): void {
  const { status, error, final_at } = record;
  if (!isFinal(status) || final_at === undefined) return;
  measure('ageAtFinal', secondsBetween(taskSinceMs(record), Date.parse(final_at)), status);
  const code = abandonmentCodes.find((known) => known === error?.code);
  if (code !== undefined) measure('abandoned', 1, code);
  else if (!Number.isNaN(lagMs)) measure('answerLag', Math.max(lagMs, 0));
}

/** A caller's clock may be ahead of ours. */
const secondsBetween = (fromMs: number, toMs: number): number => Math.max(toMs - fromMs, 0) / 1_000;
