import { readFileSync } from 'node:fs';

import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';

import { abandonmentCodes } from '../../functions/detection/error-codes.ts';
import { metrics as vocabulary } from '../../functions/telemetry/metrics.ts';
import { createApp } from '../../infra/create-app.ts';
import { FaceDetectionPoller } from '../../infra/poller.ts';
import type { FaceDetectionPollerProps } from '../../infra/props.ts';

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

/** Nothing is bundled: this is about what is beside the functions. */
function construct(propsOf: (stack: Stack) => FaceDetectionPollerProps = () => ({})) {
  const stack = new Stack(createApp({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Stack');
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

/** What an alarm looks at, in one form. */
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

const dollars = (cents: number): string => `$${(cents / 100).toFixed(2)} a month`;

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
const cost = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
/** The headings of the alarms, as GitHub makes anchors of them. */
const anchors = [
  ...(runbook.split(/^## /m).find((part) => part.startsWith('The alarms')) ?? '').matchAll(/^### (.+)$/gm),
].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-'),
);

describe('the alarms', () => {
  it('each end with their heading in the runbook, and there is no heading without its alarm', () => {
    const described = alarms.map(({ AlarmDescription }) => AlarmDescription);
    for (const description of described)
      expect(description).toMatch(/^[A-Z][^.]+\. See docs\/runbook\.md#[\w-]+$/);
    const referred = described.map((description) => description.split('#')[1]);
    expect(sorted([...new Set(referred)])).toEqual(sorted(anchors));
  });

  it('say in the runbook what it means, how to look, what to do and when it is over', () => {
    for (const part of runbook.split(/^### /m).slice(1))
      for (const words of ['**Means.**', '**Look.**', '**Do.**', '**Over when**'])
        expect(part).toContain(words);
  });

  it('are one for each code but the one that somebody wanted', () => {
    const codes = alarms.flatMap((alarm) =>
      metricsOf(alarm).flatMap(({ Metric }) =>
        Metric.MetricName === 'Abandoned'
          ? (Metric.Dimensions ?? []).filter(({ Name }) => Name === 'Code').map(({ Value }) => Value)
          : [],
      ),
    );
    expect(sorted(codes)).toEqual(sorted(abandonmentCodes.filter((code) => code !== 'CANCELLED')));
  });

  it('ring without data where the sweep is silent, and there alone', () => {
    const breaching = alarms.filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching');
    expect(breaching).toMatchObject([
      { id: expect.stringContaining('SweepSilent') as unknown, TreatMissingData: 'breaching' },
    ]);
  });

  it('tell a topic when they ring and when it is over, and nobody without one', () => {
    const told = synthesise((stack) => ({ alarmsTopic: new Topic(stack, 'Topic') }));
    const [topic] = Object.keys(told.template.findResources('AWS::SNS::Topic'));
    expect(told.alarms).toHaveLength(alarms.length);
    for (const alarm of told.alarms) {
      expect(alarm.AlarmActions).toEqual([{ Ref: topic }]);
      expect(alarm.OKActions).toEqual([{ Ref: topic }]);
    }
    for (const alarm of alarms) expect(alarm).not.toHaveProperty('AlarmActions');
  });

  it('cost what the page on cost says', () => {
    // One that computes costs by the metric.
    for (const alarm of alarms) expect(alarm).not.toHaveProperty('Metrics');
    expect(/\d+ alarms at .+? a month/.exec(cost)?.[0]).toBe(
      `${alarms.length} alarms at $0.10: ${dollars(alarms.length * 10)}`,
    );
    const withApi = synthesise(() => ({ api: true })).alarms.length - alarms.length;
    expect(/and .{5} more with `api`/.exec(cost)?.[0]).toBe(
      `and $${(withApi / 10).toFixed(2)} more with \`api\``,
    );
    const most = Object.values(vocabulary).reduce(
      (sum, metric) => sum + ('by' in metric ? metric.by.values.length : 1),
      0,
    );
    expect(/at most \d+ metrics .+? a month/.exec(cost)?.[0]).toBe(
      `at most ${most} metrics at $0.30: ${dollars(most * 30)}`,
    );
  });
});

describe('alarms and dashboard', () => {
  const dashboards = template.findResources('AWS::CloudWatch::Dashboard');
  const body = JSON.stringify(Object.values(dashboards));

  it('look at what the functions measure and AWS knows, by nothing but what is known', () => {
    const known = [
      ...['Errors', 'Throttles'].map((name) => `AWS/Lambda ${name} FunctionName,Resource`),
      ...Object.values(vocabulary).map((metric) =>
        [
          'FaceDetectionPoller',
          metric.name,
          ['by' in metric ? `${metric.by.dimension},` : '', 'TableName'].join(''),
        ].join(' '),
      ),
    ];
    const seen = alarms
      .flatMap(metricsOf)
      .map(({ Metric: { Namespace, MetricName, Dimensions = [] } }) =>
        [Namespace, MetricName, sorted(Dimensions.map(({ Name }) => Name)).join(',')].join(' '),
      );
    expect(seen.filter((metric) => !known.includes(metric))).toEqual([]);
    expect(seen).toHaveLength(alarms.length);
  });

  it('show everything that is measured, and every alarm', () => {
    expect(Object.keys(dashboards)).toHaveLength(1);
    for (const metric of Object.values(vocabulary)) {
      expect(body).toContain(String.raw`\"FaceDetectionPoller\",\"${metric.name}\"`);
      for (const value of 'by' in metric ? metric.by.values : [])
        expect(body).toContain(String.raw`\"${value}\"`);
    }
    for (const { id } of alarms) expect(body).toContain(`"${id}"`);
    for (const shown of [
      'ExecutionsTimedOut',
      'ExecutionsAborted',
      'Throttles',
      'Duration',
      'WriteThrottleEvents',
    ])
      expect(body).toContain(shown);
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
  it('can be used in a stack of somebody else', () => {
    const { metrics } = poller;
    expect(metrics.abandoned('UNAUTHORIZED')).toMatchObject({
      namespace: 'FaceDetectionPoller',
      metricName: 'Abandoned',
      dimensions: { Code: 'UNAUTHORIZED', TableName: poller.table.tableName },
      statistic: 'Sum',
    });
    const { stack, poller: other } = construct(() => ({ monitoring: false }));
    other.metrics.abandoned().createAlarm(stack, 'Mine', { threshold: 5, evaluationPeriods: 1 });
    const [heldByMe] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
    const { Metrics } = (heldByMe as { Properties: Alarm }).Properties;
    expect(Metrics?.filter(({ MetricStat: stat }) => stat !== undefined)).toHaveLength(
      abandonmentCodes.length,
    );
  });

  it.each([
    ['ageAtFinal', () => poller.metrics.ageAtFinal('succeeded'), 'p50', 'AgeAtFinal'],
    ['answered', () => poller.metrics.answered(), 'Average', 'Answered'],
    ['answerLag', () => poller.metrics.answerLag({ statistic: 'p99' }), 'p99', 'AnswerLag'],
    ['polls', () => poller.metrics.polls('pending'), 'Sum', 'Polls'],
    ['slotWait', () => poller.metrics.slotWait(), 'p50', 'SlotWait'],
    ['rateUnreachable', () => poller.metrics.rateUnreachable(), 'Sum', 'RateUnreachable'],
    ['overdue', () => poller.metrics.overdue(), 'Maximum', 'Overdue'],
    ['sweeps', () => poller.metrics.sweeps(), 'SampleCount', 'Overdue'],
    ['swept', () => poller.metrics.swept('lost'), 'Sum', 'Swept'],
  ])('are read by the statistic that means something: %s', (_name, metricOf, statistic, metricName) => {
    expect(metricOf()).toMatchObject({ statistic, metricName });
  });

  it('give calls a second as the sum over a period, divided by its length', () => {
    expect(poller.metrics.callsPerSecond()).toMatchObject({ expression: 'calls / PERIOD(calls)' });
  });
});
