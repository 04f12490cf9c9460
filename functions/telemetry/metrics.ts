/**
 * What the functions measure. One definition of each name, unit and breakdown, for whoever emits a value and for the
 * alarms and the dashboard that read it, so that they cannot drift apart.
 */
import type { Observation } from '../crun/observation.ts';
import { abandonmentCodes } from '../detection/error-codes.ts';
import { type Delivery, finalStatuses } from '../detection/types.ts';
import { sweepOutcomes } from '../sweep/outcomes.ts';

export const namespace = 'FaceDetectionPoller';
/** Tells the pollers of one account apart: each has a table of its own. */
export const pollerDimension = 'TableName';

/** A 404 has been told apart by the time it counts: pending, unavailable or failed. */
const observations = [
  'pending',
  'succeeded',
  'failed',
  'throttled',
  'on-hold',
  'unavailable',
  'violation',
  'denied',
] as const satisfies readonly Observation['kind'][];

/** A push that is superseded is not ended by whoever delivers. */
const deliveryEnds = ['delivered', 'rejected', 'exhausted'] as const satisfies readonly Delivery['state'][];

interface Metric {
  name: string;
  unit: 'Count' | 'Seconds' | 'Milliseconds';
  /** A second dimension with few values, all of them known: each value is a metric that costs. */
  by?: { dimension: string; values: readonly string[] };
}

export const metrics = {
  /** Calls of the provider. Per second: the sum over a period, divided by its length (`SUM/PERIOD`). */
  calls: { name: 'Calls', unit: 'Count' },
  /** What the provider was seen to say; without a key, `refused` is seen and nobody called. */
  polls: { name: 'Polls', unit: 'Count', by: { dimension: 'Observation', values: observations } },
  /** 1 for a poll that brought a proper answer, whatever it said; 0 for `unavailable`. The average is the share. */
  answered: { name: 'Answered', unit: 'Count' },
  /** Records that became `abandoned`. */
  abandoned: { name: 'Abandoned', unit: 'Count', by: { dimension: 'Code', values: abandonmentCodes } },
  /** From `submitted_at`, or without one from `created_at`, until an invocation made the record final. */
  ageAtFinal: { name: 'AgeAtFinal', unit: 'Seconds', by: { dimension: 'Status', values: finalStatuses } },
  /**
   * From the last poll that saw the task at work to the poll that saw its answer: the answer lay there no longer than
   * this. The provider's own `finished_at` states no time zone. Not measured where the first poll brings the answer.
   */
  answerLag: { name: 'AnswerLag', unit: 'Milliseconds' },
  /** For how long a poll had to wait for its slot in the rate of the key, as it looked when it was booked. */
  slotWait: { name: 'SlotWait', unit: 'Milliseconds' },
  /** Times that a process could not reach the shared rate, and went on slowly by itself. */
  rateUnreachable: { name: 'RateUnreachable', unit: 'Count' },
  /** What became of pushes, once nothing more comes of them. */
  deliveries: { name: 'Deliveries', unit: 'Count', by: { dimension: 'State', values: deliveryEnds } },
  /** Records that one sweep found overdue, also none: a sweep that ended says so by this. */
  overdue: { name: 'Overdue', unit: 'Count' },
  /** What came of them. */
  swept: { name: 'Swept', unit: 'Count', by: { dimension: 'Outcome', values: sweepOutcomes } },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

/** What the second dimension of a metric may be, where it has one. */
export type Breakdown<Name extends MetricName> = (typeof metrics)[Name] extends {
  by: { values: readonly (infer Value)[] };
}
  ? [of: Value]
  : [];

/** One value; what it is a value of is named where the metric has a breakdown. */
export type Measurement = {
  [Name in MetricName]: [name: Name, value: number, ...of: Breakdown<Name>];
}[MetricName];
export type Measure = (...measurement: Measurement) => void;
