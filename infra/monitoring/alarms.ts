import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

import type { AbandonmentCode } from '../../functions/detection/error-codes.ts';
import { byStatus, due } from '../../functions/records/table.ts';
import { pollAttempts } from '../retries.ts';
import type { PollerMetrics } from './metrics.ts';

const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData;
const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;

/** CloudWatch evaluates each alarm every minute, over this window. */
const period = Duration.minutes(5);

/** A single occurrence is not chance: it does not recover without help, or a part of ours is at fault. */
const everyOne = 1;
/** One or two may be specific to their tasks; three within 15 minutes point at the provider. */
const several = 3;

/** How many abandoned records of a code fire its alarm. `CANCELLED` is intended and has no alarm. */
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
  /** Less than half of the polls: occasional failures are left to the backoff. */
  answeredShare: 0.5,
  /** Two: a restart of the provider is over in five minutes. Not more: a single task polls five times in each. */
  periods: 2,
} as const;

/** One sweep repairs a single accident; if every sweep of three periods finds something, the cause persists. */
export const overduePeriods = 3;

/** The workflow retries a throttled function for 12 hours on average: no task is lost, its answer comes late. */
export const throttledPeriods = 2;

/**
 * How many failed invocations fire the alarm of a function, and within which time. Poll: one task's before it is
 * abandoned; the retries have absorbed fewer. Submit: as with codes that may be specific to their tasks. Sweep: four of
 * five in a row. Deliver: the sweep repeats a delivery some six minutes later, so three of one record fall into 20
 * minutes. Archive: as Deliver.
 */
export const failing = {
  Poll: { invocations: pollAttempts, within: period },
  Submit: { invocations: several, within: period },
  Sweep: { invocations: 4, within: period },
  Deliver: { invocations: 3, within: Duration.minutes(20) },
  Archive: { invocations: 3, within: Duration.minutes(20) },
} as const;

/** A change of the rate is corrected once; a wrong clock, or a second rate, every few seconds. */
export const rebasedPeriods = 3;

/** DynamoDB splits a hot partition within minutes, and the SDK's retries bridge that; a hot key stays hot. */
export const throttledTablePeriods = 3;

/** A caller that was forgotten when its token was revoked keeps sending it; a mistyped one is corrected. */
export const rejectedTokenPeriods = 3;

/** Five sweeps in a row did not complete. A single late sweep is harmless: leases expire five minutes ahead of need. */
export const silentPeriods = 1;

export interface AlarmsProps {
  readonly metrics: PollerMetrics;
  /** By the names that the alarms and the dashboard use. */
  readonly functions: Readonly<
    Record<Exclude<keyof typeof failing, 'Archive'>, lambda.IAlias> &
      Partial<Record<'Api' | 'Archive' | 'Authorize', lambda.IAlias>>
  >;
  /** Of the HTTP API, if there is one: its function answers every error, so that none of its invocations fails. */
  readonly serverErrors?: cloudwatch.Metric | undefined;
  /** Notified when an alarm fires and when it is over. */
  readonly topic?: sns.ITopic | undefined;
}

interface Definition {
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  readonly periods?: number;
  readonly missing?: cloudwatch.TreatMissingData;
  readonly comparison?: cloudwatch.ComparisonOperator;
  /** One sentence for the operator. */
  readonly description: string;
  /** The heading in docs/runbook.md. */
  readonly heading: string;
}

/** What an operator has to act on. Each alarm's description ends with a link to its heading in the runbook. */
export class Alarms extends Construct {
  readonly all: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const action = props.topic === undefined ? undefined : new SnsAction(props.topic);
    // Without this CloudWatch cannot notify an encrypted topic, and says so nowhere.
    props.topic?.masterKey?.grant(
      new iam.ServicePrincipal('cloudwatch.amazonaws.com'),
      'kms:Decrypt',
      'kms:GenerateDataKey*',
    );
    this.all = Object.entries(definitions(props)).map(([name, definition]) => {
      const { metric, threshold, description, heading, periods = 1 } = definition;
      const alarm = new cloudwatch.Alarm(this, name, {
        alarmDescription: `${description} See docs/runbook.md#${anchorOf(heading)}`,
        metric,
        threshold,
        evaluationPeriods: periods,
        comparisonOperator: definition.comparison ?? GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        // Counts are emitted only when there is something to count.
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

function definitions({ metrics, functions, serverErrors }: AlarmsProps): Record<string, Definition> {
  return {
    ...Object.fromEntries(
      namesOf(abandonedThresholds).map((code) => [
        `Abandoned-${code}`,
        abandonedAlarm(metrics, code, abandonedThresholds[code]),
      ]),
    ),
    ProviderDown: {
      metric: metrics.answered({ period }),
      threshold: providerDown.answeredShare,
      comparison: LESS_THAN_THRESHOLD,
      periods: providerDown.periods,
      description: 'Fires when more than half of the polls get no valid answer.',
      heading: 'Provider down',
    },
    Overdue: {
      // The minimum over all sweeps: every sweep found something.
      metric: metrics.overdue({ statistic: cloudwatch.Stats.MINIMUM, period }),
      threshold: 1,
      periods: overduePeriods,
      description: 'Fires when every sweep for 15 minutes finds records whose lease expired.',
      heading: 'Overdue',
    },
    SweepSilent: {
      metric: metrics.sweeps({ period }),
      threshold: 1,
      periods: silentPeriods,
      comparison: LESS_THAN_THRESHOLD,
      missing: BREACHING,
      description: 'Fires when no sweep completes for 5 minutes, so lost detections stay open.',
      heading: 'Sweep silent',
    },
    RateUnreachable: {
      metric: metrics.rateUnreachable({ period }),
      threshold: several,
      description:
        'Fires when the shared rate limit cannot be read or written, and each process polls slowly on its own.',
      heading: 'Rate unreachable',
    },
    RateRebased: {
      metric: metrics.rateRebased({ period }),
      threshold: 1,
      periods: rebasedPeriods,
      description:
        'Fires when the shared rate limit has to be corrected again and again: a clock is wrong, or two rates are set.',
      heading: 'Rate rebased',
    },
    SubmissionDenied: {
      metric: metrics.submissions('denied', { period }),
      threshold: everyOne,
      description: 'Fires when the provider rejects submissions for the API key or the account.',
      heading: 'Submissions',
    },
    SubmissionUnknown: {
      metric: metrics.submissions('unknown', { period: Duration.minutes(15) }),
      threshold: several,
      description: 'Fires when answers to submissions are lost, so that tasks may exist that nothing polls.',
      heading: 'Submissions',
    },
    DeliveryExhausted: {
      metric: metrics.deliveries('exhausted', { period }),
      threshold: everyOne,
      description: 'Fires when a webhook has failed ten attempts over three days.',
      heading: 'Delivery exhausted',
    },
    ...Object.fromEntries(
      Object.entries(functions).map(([name, alias]) => [`Throttled-${name}`, throttledAlarm(name, alias)]),
    ),
    ...Object.fromEntries(
      ([undefined, byStatus.indexName, due.indexName] as const).map((index) => [
        `Throttled-${index ?? 'Table'}`,
        throttledTableAlarm(metrics, index),
      ]),
    ),
    ...Object.fromEntries(
      namesOf(failing).flatMap((name) => {
        const alias = functions[name];
        return alias === undefined ? [] : [[`Failing-${name}`, failingAlarm(name, alias)]];
      }),
    ),
    ...(functions.Authorize && {
      TokenRejected: {
        metric: metrics.authorizations('rejected', { period }),
        threshold: 1,
        periods: rejectedTokenPeriods,
        description: 'Fires when requests keep coming to the HTTP API with a wrong or a revoked token.',
        heading: 'Token rejected',
      },
    }),
    ...(serverErrors && {
      'Failing-Api': {
        metric: serverErrors.with({ period }),
        threshold: several,
        description: 'Fires when the HTTP API answers requests with a 5xx status.',
        heading: 'Function failing',
      },
    }),
  };
}

/** CloudWatch compares the count of one period, so a higher threshold needs a longer period. */
function abandonedAlarm(
  metrics: PollerMetrics,
  code: keyof typeof abandonedThresholds,
  threshold: number,
): Definition {
  return {
    metric: metrics.abandoned(code, { period: threshold === everyOne ? period : Duration.minutes(15) }),
    threshold,
    description: `Fires when detections are abandoned with ${code}.`,
    heading: `Abandoned: ${code}`,
  };
}

const throttledAlarm = (name: string, alias: lambda.IAlias): Definition => ({
  metric: alias.metricThrottles({ period }),
  threshold: 1,
  periods: throttledPeriods,
  description: `Fires when Lambda throttles ${name}: the concurrency of the account or the function is used up.`,
  heading: 'Function throttled',
});

const throttledTableAlarm = (metrics: PollerMetrics, index: string | undefined): Definition => ({
  metric: metrics.throttledWrites(index, { period }),
  threshold: 1,
  periods: throttledTablePeriods,
  description: `Fires when DynamoDB keeps throttling writes of ${index === undefined ? 'the table' : `the index ${index}`}.`,
  heading: 'Table throttled',
});

const failingAlarm = (name: keyof typeof failing, alias: lambda.IAlias): Definition => ({
  metric: alias.metricErrors({ period: failing[name].within }),
  threshold: failing[name].invocations,
  description: `Fires when invocations of ${name} fail: a part of this stack is broken or unreachable.`,
  heading: 'Function failing',
});

const namesOf = <Name extends string>(values: Readonly<Record<Name, unknown>>): Name[] =>
  Object.keys(values) as Name[];

/** As GitHub derives them. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
