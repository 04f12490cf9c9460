import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';

import { gapsMs, secondAttemptMs } from '../../functions/notify/webhook/schedule.ts';
import { failing, providerDown, throttledPeriods } from '../../infra/monitoring/alarms.ts';
import { pollRetries } from '../../infra/retries.ts';
import { play, processing, unavailable } from '../support/schedule.ts';

const periodSeconds = 300;

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
  ])('judges at least five polls, even of a single task, %s', (_how, seen) => {
    for (const drawn of [0, 0.5, 0.999]) {
      const { pollsAtMs } = play({ seen: () => seen, deadlineSeconds: 3_600, random: () => drawn });
      for (let startMs = 0; startMs < 3_000_000; startMs += 60_000) {
        const polls = pollsAtMs.filter((atMs) => atMs >= startMs && atMs < startMs + periodSeconds * 1_000);
        expect(polls.length).toBeGreaterThanOrEqual(5);
      }
    }
    expect(providerDown).toEqual({ answeredShare: 0.5, periods: 2 });
  });

  it('leaves time to act before throttled invocations are given up, on average', () => {
    const mostSeconds = retriedForSeconds('Lambda.TooManyRequestsException');
    expect(throttledPeriods * periodSeconds).toBeLessThan(mostSeconds / 2);
  });

  it('is the number of failed invocations after which one task is abandoned', () => {
    const retry = pollRetries.find(({ errors }) => errors?.includes('States.TaskFailed'));
    expect(failing.Poll.invocations).toBe(1 + (retry?.maxAttempts ?? Number.NaN));
    // All of them fall into one period.
    expect(retriedForSeconds('States.TaskFailed')).toBeLessThan(failing.Poll.within.toSeconds() / 2);
  });

  it('is reached by a sweep that fails every minute, without retries of Lambda', () => {
    expect(failing.Sweep.invocations).toBeLessThanOrEqual(failing.Sweep.within.toMinutes() - 1);
  });

  it('is reached by one record whose delivery fails each time that the sweep starts it', () => {
    // Five minutes until a delivery is due again, and up to a minute until the next sweep.
    const everyMinutes = 6;
    expect(Math.floor(failing.Deliver.within.toMinutes() / everyMinutes)).toBeGreaterThanOrEqual(
      failing.Deliver.invocations,
    );
    // An unreachable receiver is a result of the invocation and not a failure.
    expect([secondAttemptMs, ...gapsMs].length).toBeGreaterThan(failing.Deliver.invocations);
  });
});
