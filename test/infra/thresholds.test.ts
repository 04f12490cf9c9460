import { readFileSync } from 'node:fs';

import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';

import {
  abandonedThresholds,
  failedInvocations,
  overduePeriods,
  providerDown,
  silentPeriods,
  throttledPeriods,
} from '../../infra/monitoring/alarms.ts';
import { pollRetries } from '../../infra/retries.ts';
import { play, processing, unavailable } from '../support/schedule.ts';

const periodSeconds = 300;
const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
const row = (alarm: string): string =>
  runbook.split('\n').find((line) => line.startsWith(`| ${alarm}`)) ?? '';

/** The longest waits of a retrier together, in seconds. */
const retriedForSeconds = (error: string): number => {
  const retry = pollRetries.find(({ errors }) => errors?.includes(error));
  const { interval = Duration.seconds(1), backoffRate = 1, maxDelay, maxAttempts = 0 } = retry ?? {};
  return Array.from({ length: maxAttempts }, (_, attempt) =>
    Math.min(interval.toSeconds() * backoffRate ** attempt, maxDelay?.toSeconds() ?? Infinity),
  ).reduce((sum, seconds) => sum + seconds, 0);
};

describe('the threshold of an alarm', () => {
  it.each([
    ['at work', processing],
    ['in an outage', unavailable],
  ])('stands on five polls at least, also of one task alone, %s', (_how, seen) => {
    for (const drawn of [0, 0.5, 0.999]) {
      const { pollsAtMs } = play({ seen: () => seen, deadlineSeconds: 3_600, random: () => drawn });
      for (let startMs = 0; startMs < 3_000_000; startMs += 60_000) {
        const polls = pollsAtMs.filter((atMs) => atMs >= startMs && atMs < startMs + periodSeconds * 1_000);
        expect(polls.length).toBeGreaterThanOrEqual(5);
      }
    }
    expect(providerDown).toEqual({ answeredShare: 0.5, periods: 2 });
    expect(row('`ProviderDown`')).toContain(
      `less than half of the polls answered, in ${providerDown.periods} periods of 5 minutes`,
    );
    expect(row('`ProviderDown`')).toContain('at least 5 times in 5 minutes');
  });

  it('leaves time to act before throttled invocations are given up, on average', () => {
    const mostSeconds = retriedForSeconds('Lambda.TooManyRequestsException');
    expect(throttledPeriods * periodSeconds).toBeLessThan(mostSeconds / 2);
    const meanMinutes = Math.round((mostSeconds / 2 / 60) * 10) / 10;
    expect(row('`Throttled-<function>`')).toContain(`${meanMinutes} minutes on average`);
  });

  it('is as many failed invocations as one task meets before it is given up', () => {
    const retry = pollRetries.find(({ errors }) => errors?.includes('States.TaskFailed'));
    expect(failedInvocations).toBe(1 + (retry?.maxAttempts ?? Number.NaN));
    // All of them fall into one period.
    expect(retriedForSeconds('States.TaskFailed')).toBeLessThan(periodSeconds / 2);
    expect(row('`Failing-<function>`')).toContain(`${failedInvocations} errors in 5 minutes`);
  });

  it('is told in the runbook', () => {
    expect(row('`Overdue`')).toContain(`every sweep of ${(overduePeriods * periodSeconds) / 60} minutes`);
    expect(row('`SweepSilent`')).toContain(`in ${(silentPeriods * periodSeconds) / 60} minutes`);
    for (const [code, threshold] of Object.entries(abandonedThresholds)) {
      const told = runbook
        .split('\n')
        .find((line) => line.startsWith('| `Abandoned') && line.includes(`\`${code}\``));
      expect(told).toContain(
        threshold === 1 ? '1 record in 5 minutes' : `${threshold} records in 15 minutes`,
      );
    }
  });
});
