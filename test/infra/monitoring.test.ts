import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';

import { abandonmentCodes } from '../../functions/detection/error-codes.ts';
import { byStatus, due } from '../../functions/records/table.ts';
import { metrics as vocabulary } from '../../functions/telemetry/metrics.ts';
import { createApp } from '../../infra/create-app.ts';
import { FaceDetectionPoller } from '../../infra/poller.ts';
import type { FaceDetectionPollerProps } from '../../infra/props.ts';
import { unbundled } from '../support/synthesis.ts';

interface MetricStat {
  Metric: { Namespace: string; MetricName: string; Dimensions?: { Name: string; Value: unknown }[] };
  Period: number;
  Stat: string;
}
interface Alarm {
  AlarmDescription: string;
  MetricName?: string;
  Namespace?: string;
  Dimensions?: { Name: string; Value: unknown }[];
  Period?: number;
  Statistic?: string;
  Metrics?: { Expression?: string; MetricStat?: MetricStat }[];
  Threshold: number;
  EvaluationPeriods: number;
  TreatMissingData: string;
  AlarmActions?: unknown[];
  OKActions?: unknown[];
}

/** Nothing is bundled: these tests are not about the functions' code. */
function construct(propsOf: (stack: Stack) => FaceDetectionPollerProps = () => ({})) {
  const stack = new Stack(createApp(unbundled), 'Stack');
  return { stack, poller: new FaceDetectionPoller(stack, 'Poller', propsOf(stack)) };
}
function synthesise(propsOf?: Parameters<typeof construct>[0]) {
  const { stack, poller } = construct(propsOf);
  const template = Template.fromStack(stack);
  const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, resource]) => ({
    id,
    ...(resource as { Properties: Alarm }).Properties,
  }));
  return { poller, template, alarms };
}
const { alarms, template, poller } = synthesise();

/** The metrics that an alarm reads, in one form. */
const metricsOf = (alarm: Alarm): MetricStat[] =>
  alarm.Metrics?.flatMap(({ MetricStat: stat }) => stat ?? []) ?? [
    {
      Metric: {
        Namespace: alarm.Namespace ?? '',
        MetricName: alarm.MetricName ?? '',
        Dimensions: alarm.Dimensions ?? [],
      },
      Period: alarm.Period ?? 0,
      Stat: alarm.Statistic ?? '',
    },
  ];

const sorted = (values: readonly unknown[]): string[] => values.map(String).toSorted();

describe('the alarms', () => {
  it('each end with a link to their heading in the runbook', () => {
    for (const { AlarmDescription } of alarms)
      expect(AlarmDescription).toMatch(/^Fires when [^.]+\. See docs\/runbook\.md#[\w-]+$/);
  });

  it('cover every abandonment code except a cancellation', () => {
    const codes = alarms.flatMap((alarm) =>
      metricsOf(alarm).flatMap(({ Metric }) =>
        Metric.MetricName === 'Abandoned'
          ? (Metric.Dimensions ?? []).filter(({ Name }) => Name === 'Code').map(({ Value }) => Value)
          : [],
      ),
    );
    expect(sorted(codes)).toEqual(sorted(abandonmentCodes.filter((code) => code !== 'CANCELLED')));
  });

  it('fire without data for a silent sweep only', () => {
    const breaching = alarms.filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching');
    expect(breaching).toMatchObject([
      { id: expect.stringContaining('SweepSilent') as unknown, TreatMissingData: 'breaching' },
    ]);
  });

  it('notify the topic when they fire and when they are over', () => {
    const notifying = synthesise((stack) => ({ alarmsTopic: new Topic(stack, 'Topic') }));
    const [topic] = Object.keys(notifying.template.findResources('AWS::SNS::Topic'));
    expect(notifying.alarms).toHaveLength(alarms.length);
    for (const alarm of notifying.alarms) {
      expect(alarm.AlarmActions).toEqual([{ Ref: topic }]);
      expect(alarm.OKActions).toEqual([{ Ref: topic }]);
    }
    for (const alarm of alarms) expect(alarm).not.toHaveProperty('AlarmActions');
  });

  it('may use the key of an encrypted topic', () => {
    const { template: encrypted } = synthesise((stack) => ({
      alarmsTopic: new Topic(stack, 'Topic', { masterKey: new Key(stack, 'Key') }),
    }));
    const [key] = Object.values(encrypted.findResources('AWS::KMS::Key'));
    expect(
      (key as { Properties: { KeyPolicy: { Statement: unknown[] } } }).Properties.KeyPolicy.Statement,
    ).toContainEqual({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Resource: '*',
    });
  });

  it('read a single metric each, because CloudWatch charges by metric', () => {
    for (const alarm of alarms) expect(alarm).not.toHaveProperty('Metrics');
  });
});

describe('alarms and dashboard', () => {
  const dashboards = template.findResources('AWS::CloudWatch::Dashboard');
  const body = JSON.stringify(Object.values(dashboards));

  it('show every metric and every alarm', () => {
    expect(Object.keys(dashboards)).toHaveLength(1);
    for (const metric of Object.values(vocabulary)) {
      expect(body).toContain(String.raw`\"FaceDetectionPoller\",\"${metric.name}\"`);
      for (const value of 'by' in metric ? metric.by.values : [])
        expect(body).toContain(String.raw`\"${value}\"`);
    }
    for (const { id } of alarms) expect(body).toContain(`"${id}"`);
    for (const shown of ['ExecutionsTimedOut', 'ExecutionsAborted', 'Throttles', 'Duration'])
      expect(body).toContain(shown);
  });

  it('show the throttles of the table and of both indexes', () => {
    for (const metric of ['ReadThrottleEvents', 'WriteThrottleEvents']) {
      expect(body).toMatch(new RegExp(String.raw`${metric}[^\]]*TableName[^\]]*\]`));
      for (const { indexName } of [byStatus, due])
        expect(body).toContain(
          String.raw`\"${metric}\",\"GlobalSecondaryIndexName\",\"${indexName}\",\"TableName\"`,
        );
    }
  });

  it('have no physical name, and name no account or region', () => {
    for (const type of ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard'])
      for (const resource of Object.values(template.findResources(type)))
        expect(resource).not.toMatchObject({
          Properties: {
            [type.endsWith('Alarm') ? 'AlarmName' : 'DashboardName']: expect.anything() as unknown,
          },
        });
    expect(body).not.toMatch(/us-east-1|123456789012/);
  });

  it('are left out on request, while the metrics stay', () => {
    const bare = synthesise(() => ({ monitoring: false }));
    expect(bare.alarms).toEqual([]);
    bare.template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    expect(bare.poller.metrics.calls().metricName).toBe('Calls');
  });
});

describe('the metrics of the construct', () => {
  it('can be used in a stack of your own', () => {
    const { metrics } = poller;
    expect(metrics.abandoned('UNAUTHORIZED')).toMatchObject({
      namespace: 'FaceDetectionPoller',
      metricName: 'Abandoned',
      dimensions: { Code: 'UNAUTHORIZED', TableName: poller.table.tableName },
      statistic: 'Sum',
    });
    const { stack, poller: other } = construct(() => ({ monitoring: false }));
    other.metrics.abandoned().createAlarm(stack, 'Mine', { threshold: 5, evaluationPeriods: 1 });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'AgeAtFinal',
      Dimensions: [{ Name: 'Status', Value: 'abandoned' }, { Name: 'TableName' }],
      Statistic: 'SampleCount',
    });
  });

  it.each([
    ['ageAtFinal', () => poller.metrics.ageAtFinal('succeeded'), 'p50', 'AgeAtFinal'],
    ['answered', () => poller.metrics.answered(), 'Average', 'Answered'],
    ['answerLag', () => poller.metrics.answerLag({ statistic: 'p99' }), 'p99', 'AnswerLag'],
    ['polls', () => poller.metrics.polls('pending'), 'Sum', 'Polls'],
    ['slotWait', () => poller.metrics.slotWait(), 'p50', 'SlotWait'],
    ['rateUnreachable', () => poller.metrics.rateUnreachable(), 'Sum', 'RateUnreachable'],
    ['rateRebased', () => poller.metrics.rateRebased(), 'Sum', 'RateRebased'],
    ['overdue', () => poller.metrics.overdue(), 'Maximum', 'Overdue'],
    ['sweeps', () => poller.metrics.sweeps(), 'SampleCount', 'Overdue'],
    ['submissions', () => poller.metrics.submissions('unknown'), 'Sum', 'Submissions'],
    ['swept', () => poller.metrics.swept('lost'), 'Sum', 'Swept'],
  ])('have a meaningful default statistic: %s', (_name, metricOf, statistic, metricName) => {
    expect(metricOf()).toMatchObject({ statistic, metricName });
  });

  it('give calls a second as the sum over a period, divided by its length', () => {
    expect(poller.metrics.callsPerSecond()).toMatchObject({ expression: 'calls / PERIOD(calls)' });
  });
});
