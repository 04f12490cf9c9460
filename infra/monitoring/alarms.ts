import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

import type { AbandonmentCode } from '../../functions/detection/error-codes.ts';
import { pollAttempts } from '../retries.ts';
import type { PollerMetrics } from './metrics.ts';

const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData;
const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;

/** CloudWatch evaluates each alarm every minute, over so long. */
const period = Duration.minutes(5);

/** No single one of these is chance: nothing mends itself, or something of ours is at fault. */
const everyOne = 1;
/** One may be that task's own trouble, also two at a time; three within 15 minutes are the provider's. */
const several = 3;

/** How many abandoned records of a code are worth waking somebody. `CANCELLED` is missing: somebody wanted it. */
export const abandonedThresholds = {
  DEADLINE_EXCEEDED: several,
  PROVIDER_UNAVAILABLE: several,
  PROVIDER_MAINTENANCE: several,
  INSUFFICIENT_CREDITS: everyOne,
  UNAUTHORIZED: everyOne,
  FEATURE_DISABLED: everyOne,
  CONTRACT_VIOLATION: everyOne,
  UNEXPECTED_RESPONSE: everyOne,
  EXECUTION_LOST: everyOne,
} as const satisfies Record<Exclude<AbandonmentCode, 'CANCELLED'>, number>;

export const providerDown = {
  /** Less than half of the polls: a provider that fails now and then is what backoff is for. */
  answeredShare: 0.5,
  /** Two: a restart of theirs is over within five minutes. Not more: in each of them one task alone polls five times. */
  periods: 2,
} as const;

/** One sweep mends what one accident broke; after three periods in which each found something, more is wrong. */
export const overduePeriods = 3;

/** The workflow tries a throttled function for 12.5 minutes on average, and 25 at the most: this leaves time to act. */
export const throttledPeriods = 2;

/** What one task meets in a function that is given up for it: fewer are faults that the retries have mended. */
export const failedInvocations = pollAttempts;

/** Five sweeps in a row did not end. A late one is nothing, and records are due five minutes ahead of need. */
export const silentPeriods = 1;

export interface AlarmsProps {
  readonly metrics: PollerMetrics;
  /** Every function, by the name that its alarms and the dashboard's graphs call it. */
  readonly functions: Readonly<Record<string, lambda.IAlias>>;
  /** Is told when an alarm rings, and when it is over. */
  readonly topic?: sns.ITopic | undefined;
}

interface Definition {
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  readonly periods?: number;
  readonly missing?: cloudwatch.TreatMissingData;
  readonly comparison?: cloudwatch.ComparisonOperator;
  /** What it means, in one sentence. */
  readonly says: string;
  /** The heading of docs/runbook.md that says what to do. */
  readonly heading: string;
}

/** What an operator must know of. Each alarm's description ends with its heading in the runbook. */
export class Alarms extends Construct {
  readonly all: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const action = props.topic === undefined ? undefined : new SnsAction(props.topic);
    this.all = Object.entries(definitions(props)).map(([name, definition]) => {
      const { metric, threshold, says, heading, periods = 1 } = definition;
      const alarm = new cloudwatch.Alarm(this, name, {
        alarmDescription: `${says} See docs/runbook.md#${anchorOf(heading)}`,
        metric,
        threshold,
        evaluationPeriods: periods,
        comparisonOperator: definition.comparison ?? GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        // Counts are only sent where there is something to count.
        treatMissingData: definition.missing ?? NOT_BREACHING,
      });
      if (action !== undefined) {
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
      return alarm;
    });
  }
}

function definitions({ metrics, functions }: AlarmsProps): Record<string, Definition> {
  return {
    ...Object.fromEntries(
      codesOf(abandonedThresholds).map((code) => [
        `Abandoned-${code}`,
        abandonedAlarm(metrics, code, abandonedThresholds[code]),
      ]),
    ),
    ProviderDown: {
      metric: metrics.answered({ period }),
      threshold: providerDown.answeredShare,
      comparison: LESS_THAN_THRESHOLD,
      periods: providerDown.periods,
      says: 'More than half of the polls bring no proper answer.',
      heading: 'Provider down',
    },
    Overdue: {
      // The least of all sweeps: each one found something.
      metric: metrics.overdue({ statistic: cloudwatch.Stats.MINIMUM, period }),
      threshold: 1,
      periods: overduePeriods,
      says: 'Every sweep finds overdue records, and sweeping does not end it.',
      heading: 'Overdue',
    },
    SweepSilent: {
      metric: metrics.sweeps({ period }),
      threshold: 1,
      periods: silentPeriods,
      comparison: LESS_THAN_THRESHOLD,
      missing: BREACHING,
      says: 'No sweep has ended, so what executions cannot end stays open.',
      heading: 'Sweep silent',
    },
    RateUnreachable: {
      metric: metrics.rateUnreachable({ period }),
      threshold: several,
      says: 'The rate that all tasks share cannot be reached: each process polls slowly by itself.',
      heading: 'Rate unreachable',
    },
    DeliveryExhausted: {
      metric: metrics.deliveries('exhausted', { period }),
      threshold: everyOne,
      says: 'A webhook was given up after ten attempts over three days.',
      heading: 'Delivery exhausted',
    },
    ...Object.fromEntries(
      Object.entries(functions).flatMap(([name, alias]) => [
        [`Throttled-${name}`, throttledAlarm(name, alias)],
        [`Failing-${name}`, failingAlarm(name, alias)],
      ]),
    ),
  };
}

/** As many periods as the threshold needs: each period's count is compared by itself, so the period itself grows. */
function abandonedAlarm(
  metrics: PollerMetrics,
  code: keyof typeof abandonedThresholds,
  threshold: number,
): Definition {
  return {
    metric: metrics.abandoned(code, { period: threshold === everyOne ? period : Duration.minutes(15) }),
    threshold,
    says: `Detections are abandoned with ${code}.`,
    heading: `Abandoned: ${code}`,
  };
}

const throttledAlarm = (name: string, alias: lambda.IAlias): Definition => ({
  metric: alias.metricThrottles({ period }),
  threshold: 1,
  periods: throttledPeriods,
  says: `Invocations of ${name} are throttled: the concurrency of the account or the function is used up.`,
  heading: 'Function throttled',
});

const failingAlarm = (name: string, alias: lambda.IAlias): Definition => ({
  metric: alias.metricErrors({ period }),
  threshold: failedInvocations,
  says: `Invocations of ${name} fail: a part of ours is broken or cannot be reached.`,
  heading: 'Function failing',
});

const codesOf = (thresholds: typeof abandonedThresholds) =>
  Object.keys(thresholds) as (keyof typeof abandonedThresholds)[];

/** As GitHub makes them. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
