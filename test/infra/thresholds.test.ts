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
} from '../../infra/alarms.ts';
import { pollRetries } from '../../infra/retries.ts';
import { play, unavailable } from '../unit/poll/schedule.ts';

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
  it.each([0, 0.5, 0.999])(
    'is met by one task alone in an outage, whatever its jitter draws: %d',
    (drawn) => {
      const { pollsAtMs } = play({ seen: () => unavailable, deadlineSeconds: 3_600, random: () => drawn });
      for (let startMs = 0; startMs < 3_000_000; startMs += 60_000) {
        const polls = pollsAtMs.filter((atMs) => atMs >= startMs && atMs < startMs + periodSeconds * 1_000);
        expect(polls.length).toBeGreaterThanOrEqual(providerDown.unavailablePolls);
      }
      expect(row('`ProviderDown`')).toContain(
        `at least ${providerDown.unavailablePolls} calls and half of all`,
      );
      expect([providerDown.share, providerDown.periods]).toEqual([0.5, 2]);
    },
  );

  it('leaves time to act before throttled visits are given up, on average', () => {
    const mostSeconds = retriedForSeconds('Lambda.TooManyRequestsException');
    expect(throttledPeriods * periodSeconds).toBeLessThan(mostSeconds / 2);
    const meanMinutes = Math.round((mostSeconds / 2 / 60) * 10) / 10;
    expect(row('`FunctionThrottled`')).toContain(`${meanMinutes} minutes on average`);
  });

  it('is as many failed invocations as one task meets before it is given up', () => {
    const retry = pollRetries.find(({ errors }) => errors?.includes('States.TaskFailed'));
    expect(failedInvocations).toBe(1 + (retry?.maxAttempts ?? Number.NaN));
    // All of them fall into one period.
    expect(retriedForSeconds('States.TaskFailed')).toBeLessThan(periodSeconds / 2);
    expect(row('`FunctionFailing`')).toContain(`${failedInvocations} errors in 5 minutes`);
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
