/**
 * What the functions measure. The functions that emit a value and the alarms and dashboard that read it share one
 * definition of its name, unit and breakdown, so that they cannot drift apart.
 */
import { abandonmentCodes } from '../detection/error-codes.ts';
import { type Archive, type Delivery, finalStatuses } from '../detection/types.ts';

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
] as const;

/** How a delivery ends; a superseded one ends without an attempt. */
const deliveryEnds = ['delivered', 'rejected', 'exhausted'] as const satisfies readonly Delivery['state'][];

const archiveEnds = ['complete', 'partial', 'failed'] as const satisfies readonly Archive['state'][];

/** What becomes of a submission, by what follows: the media, the account or time has to change, or nothing is known. */
const submissionOutcomes = ['created', 'rejected', 'denied', 'unsent', 'unknown'] as const;

/** Which token of the HTTP API a request held; the gateway asks once in five minutes for each. */
const authorizations = [
  'newest',
  /** To be replaced: its absence says that it can be revoked. */
  'old',
  'rejected',
] as const;

/** What the sweep does about a record that is due. */
const sweepOutcomes = [
  /** Its execution runs: the sweep looks again a few minutes later. */
  'postponed',
  /** Its execution is gone: another one polls, until the same deadline. */
  'restarted',
  /** Its execution was stopped. */
  'cancelled',
  /** There was no answer by the deadline. */
  'lost',
  /** Final: its event was not published yet, or that is not known. */
  'published',
  /** Final: the next attempt at its webhook is started. */
  'delivering',
  /** Final: the next step of its archive is started, its end is published, or its pictures expire. */
  'archiving',
  /** What a crash left behind was deleted; nothing else was left to do. */
  'cleaned',
  /** Another writer was faster, or the index lags behind. */
  'skipped',
  /** A call failed; the record is still due at the next sweep. */
  'failed',
] as const;

interface Metric {
  name: string;
  unit: 'Count' | 'Seconds' | 'Milliseconds';
  /** A second dimension with few values, all of them known: each value is a metric that costs. */
  by?: { dimension: string; values: readonly string[] };
}

export const metrics = {
  /** Calls of the provider. Per second: the sum over a period, divided by its length (`SUM/PERIOD`). */
  calls: { name: 'Calls', unit: 'Count' },
  /** What each poll observed; without a key, `denied` is observed and the provider is not called. */
  polls: { name: 'Polls', unit: 'Count', by: { dimension: 'Observation', values: observations } },
  /** 1 for a poll with any proper answer, 0 for `unavailable`: the average is the share. */
  answered: { name: 'Answered', unit: 'Count' },
  /** Records that became `abandoned`. */
  abandoned: { name: 'Abandoned', unit: 'Count', by: { dimension: 'Code', values: abandonmentCodes } },
  /** From `submitted_at`, or without one from `created_at`, until an invocation made the record final. */
  ageAtFinal: { name: 'AgeAtFinal', unit: 'Seconds', by: { dimension: 'Status', values: finalStatuses } },
  /**
   * From the last poll that saw the task at work to the poll that saw its answer: the answer had waited no longer than
   * this. The provider's own `finished_at` states no time zone. Not measured where the first poll has the answer.
   */
  answerLag: { name: 'AnswerLag', unit: 'Milliseconds' },
  /** How long a poll waits for its slot in the rate of the key, as known when the slot is reserved. */
  slotWait: { name: 'SlotWait', unit: 'Milliseconds' },
  /** How often a process could not reach the shared rate, and polled at its own slow rate. */
  rateUnreachable: { name: 'RateUnreachable', unit: 'Count' },
  /** How often the shared rate had to be corrected: a clock or a setting of its last writer was another. */
  rateRebased: { name: 'RateRebased', unit: 'Count' },
  /** How submissions ended: `rejected` by 404 or 422, `denied` by 401, 402, 403 or 505, else `unsent` or `unknown`. */
  submissions: {
    name: 'Submissions',
    unit: 'Count',
    by: { dimension: 'Outcome', values: submissionOutcomes },
  },
  /** How deliveries of webhooks ended. */
  deliveries: { name: 'Deliveries', unit: 'Count', by: { dimension: 'State', values: deliveryEnds } },
  /** How archives of pictures ended. */
  archives: { name: 'Archives', unit: 'Count', by: { dimension: 'State', values: archiveEnds } },
  /** Tokens that the HTTP API was given. */
  authorizations: {
    name: 'Authorizations',
    unit: 'Count',
    by: { dimension: 'Token', values: authorizations },
  },
  /** Records that one sweep found overdue. Zero is measured too: it shows that the sweep ran to its end. */
  overdue: { name: 'Overdue', unit: 'Count' },
  /** What the sweep did about them. */
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
