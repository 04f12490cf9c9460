import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

import { finalStatuses } from '../../functions/detection/types.ts';
import { byStatus, due } from '../../functions/records/table.ts';
import { metrics as vocabulary } from '../../functions/telemetry/metrics.ts';
import type { PollerMetrics } from './metrics.ts';

export interface DashboardProps {
  readonly metrics: PollerMetrics;
  readonly functions: Readonly<Record<string, lambda.IAlias>>;
  readonly stateMachine: sfn.StateMachine;
  readonly alarms: readonly cloudwatch.Alarm[];
}

const height = 6;
const percentiles = ['p50', 'p90', 'p99'];

const graph = (title: string, left: cloudwatch.IMetric[], more: Partial<cloudwatch.GraphWidgetProps> = {}) =>
  new cloudwatch.GraphWidget({ title, left, width: 8, height, leftYAxis: { min: 0 }, ...more });

/** One page: the alarms, then polls, results, executions, webhooks, submissions, and the limits of our own parts. */
export function createDashboard(scope: Construct, props: DashboardProps): cloudwatch.Dashboard {
  const { metrics, functions, stateMachine, alarms } = props;
  const ofEach = (metricOf: (alias: lambda.IAlias) => cloudwatch.Metric) =>
    Object.entries(functions).map(([name, alias]) => metricOf(alias).with({ label: name }));

  return new cloudwatch.Dashboard(scope, 'Dashboard', {
    defaultInterval: Duration.hours(3),
    widgets: [
      [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 4 })],
      [
        graph(
          'Polls by observation',
          vocabulary.polls.by.values.map((value) => metrics.polls(value, { label: value })),
          { stacked: true },
        ),
        graph('Calls to the provider per second', [metrics.callsPerSecond({ period: Duration.minutes(1) })], {
          right: [metrics.answered({ label: 'answered, share' })],
          rightYAxis: { min: 0, max: 1 },
        }),
        graph(
          'Answer lag (ms)',
          percentiles.map((statistic) => metrics.answerLag({ statistic, label: statistic })),
        ),
      ],
      [
        graph(
          'Age at final (s), succeeded',
          percentiles.map((statistic) => metrics.ageAtFinal('succeeded', { statistic, label: statistic })),
        ),
        graph(
          'Final records by status',
          finalStatuses.map((status) =>
            metrics.ageAtFinal(status, { statistic: cloudwatch.Stats.SAMPLE_COUNT, label: status }),
          ),
        ),
        graph(
          'Abandoned by code',
          vocabulary.abandoned.by.values.map((code) => metrics.abandoned(code, { label: code })),
          { stacked: true },
        ),
      ],
      [
        graph('Executions', [
          stateMachine.metricStarted({ label: 'started' }),
          stateMachine.metricSucceeded({ label: 'succeeded' }),
          stateMachine.metricFailed({ label: 'failed' }),
          stateMachine.metricAborted({ label: 'aborted' }),
          stateMachine.metricTimedOut({ label: 'timed out' }),
        ]),
        graph('Overdue records per sweep', [metrics.overdue()], {
          right: [metrics.sweeps({ label: 'sweeps' })],
        }),
        graph(
          'Sweep outcomes',
          vocabulary.swept.by.values.map((outcome) => metrics.swept(outcome, { label: outcome })),
          { stacked: true },
        ),
      ],
      [
        graph(
          'Webhooks by final state',
          vocabulary.deliveries.by.values.map((state) => metrics.deliveries(state, { label: state })),
          { stacked: true },
        ),
        graph(
          'Archives by final state',
          vocabulary.archives.by.values.map((state) => metrics.archives(state, { label: state })),
          { stacked: true },
        ),
        graph(
          'Wait for a rate slot (ms)',
          percentiles.map((statistic) => metrics.slotWait({ statistic, label: statistic })),
          {
            right: [
              metrics.rateUnreachable({ label: 'unreachable' }),
              metrics.rateRebased({ label: 'rebased' }),
            ],
          },
        ),
      ],
      [
        graph(
          'Submissions by outcome',
          vocabulary.submissions.by.values.map((outcome) => metrics.submissions(outcome, { label: outcome })),
          { stacked: true },
        ),
      ],
      [
        graph(
          'Function errors and throttles',
          Object.entries(functions).flatMap(([name, alias]) => [
            alias.metricErrors({ label: `${name} errors` }),
            alias.metricThrottles({ label: `${name} throttles` }),
          ]),
        ),
        graph(
          'Function duration (ms), p99',
          ofEach((alias) => alias.metricDuration({ statistic: 'p99' })),
        ),
        graph(
          'Throttles of the table and its indexes',
          [undefined, byStatus.indexName, due.indexName].flatMap((index) => [
            metrics.throttledReads(index, { label: `${index ?? 'table'} reads` }),
            metrics.throttledWrites(index, { label: `${index ?? 'table'} writes` }),
          ]),
        ),
      ],
      [
        graph(
          'Tokens at the HTTP API',
          vocabulary.authorizations.by.values.map((token) => metrics.authorizations(token, { label: token })),
          { stacked: true },
        ),
      ],
    ],
  });
}
