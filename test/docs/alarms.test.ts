import { describe, expect, it } from 'vitest';

import { metrics } from '../../functions/telemetry/metrics.ts';
import {
  abandonedThresholds,
  failing,
  overduePeriods,
  providerDown,
  rebasedPeriods,
  rejectedTokenPeriods,
  silentPeriods,
  throttledPeriods,
  throttledTablePeriods,
} from '../../infra/monitoring/alarms.ts';
import type { ApiOptions } from '../../infra/part-options.ts';
import { pollRetries } from '../../infra/retries.ts';
import { synthesise } from '../support/synthesis.ts';
import { anchorsOf, read, section } from './pages.ts';

const runbook = read('docs/runbook.md');
const cost = read('docs/cost.md');
const periodMinutes = 5;
const dollars = (cents: number): string => `$${(cents / 100).toFixed(2)}`;

const alarmsOf = (api: boolean | ApiOptions, archive = false) =>
  Object.values(synthesise(() => ({ api, archive })).findResources('AWS::CloudWatch::Alarm')).map(
    (resource) => (resource as { Properties: { AlarmDescription: string } }).Properties,
  );
const alarms = alarmsOf(false);
const withApi = alarmsOf(true).length - alarms.length;
const withToken = alarmsOf({ token: true });
const withArchive = alarmsOf(false, true).length - alarms.length;

const row = (alarm: string): string =>
  runbook.split('\n').find((line) => line.startsWith('| ') && line.includes(alarm)) ?? '';
/** The headings of the alarms, as anchors. */
const anchors = anchorsOf(runbook.split(/^## /m).find((part) => part.startsWith('The alarms')) ?? '');

describe('the runbook', () => {
  it('has a heading for every alarm, and no heading without an alarm', () => {
    const linked = withToken.map(({ AlarmDescription }) => AlarmDescription.split('#')[1]);
    expect(new Set(linked)).toEqual(anchors);
  });

  it('says for each alarm what it means, how to look, what to do and when it is over', () => {
    for (const part of runbook.split(/^### /m).slice(1))
      for (const words of ['**Means.**', '**Look.**', '**Do.**', '**Over when**'])
        expect(part).toContain(words);
  });

  it('states the thresholds', () => {
    for (const [code, threshold] of Object.entries(abandonedThresholds))
      expect(row(`\`${code}\``)).toContain(
        threshold === 1 ? '1 record in 5 minutes' : `${threshold} records in 15 minutes`,
      );
    expect(row('`ProviderDown`')).toContain(
      `less than half of the polls answered, in ${providerDown.periods} periods of 5 minutes`,
    );
    expect(row('`Overdue`')).toContain(`${overduePeriods * periodMinutes} minutes`);
    expect(row('`RateRebased`')).toContain(`${rebasedPeriods * periodMinutes} minutes`);
    expect(row('`SweepSilent`')).toContain(`in ${silentPeriods * periodMinutes} minutes`);
    expect(row('`Throttled-<function>`')).toContain(`${throttledPeriods * periodMinutes} minutes`);
    const throttled = pollRetries.find(({ errors }) => errors?.includes('Lambda.TooManyRequestsException'));
    const waits = Array.from({ length: throttled?.maxAttempts ?? 0 }, (_, attempt) =>
      Math.min(2 ** attempt, 60),
    );
    const mostHours = waits.reduce((sum, wait) => sum + wait, 0) / 3_600;
    expect(section(runbook, 'Function throttled')).toContain(
      `for ${(mostHours / 2).toFixed(0)} hours on average`,
    );
    expect(row('`Throttled-Table`')).toContain(`${throttledTablePeriods * periodMinutes} minutes`);
    for (const [name, { invocations, within }] of Object.entries(failing))
      expect(row(`\`Failing-${name}\``)).toContain(`${invocations} errors in ${within.toMinutes()} minutes`);
    expect(row('`TokenRejected`')).toContain(`all thirds of ${rejectedTokenPeriods * periodMinutes} minutes`);
    expect(row('`Failing-Api`')).toContain('3 answers with a 5xx status in 5 minutes');
  });
});

describe('the page on cost', () => {
  it('states what the alarms and metrics cost', () => {
    expect(cost).toContain(`${alarms.length} alarms at $0.10: ${dollars(alarms.length * 10)} a month`);
    expect(cost).toContain(`${dollars(withApi * 10)} more with \`api\``);
    const ofToken = withToken.length - alarms.length - withApi;
    expect(cost).toContain(`${dollars(ofToken * 10)} with \`apiToken\``);
    expect(cost).toContain(`${dollars(withArchive * 10)} with \`archive\``);
    const most = Object.values(metrics).reduce(
      (sum, metric) => sum + ('by' in metric ? metric.by.values.length : 1),
      0,
    );
    expect(cost).toContain(`at most ${most} metrics at $0.30: ${dollars(most * 30)} a month`);
  });
});
