/**
 * Keeps the SDK's clients within the quotas of the account, which other programs use too: a start of thousands of tasks
 * waits, and never surfaces throttling errors.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SFNClient } from '@aws-sdk/client-sfn';

import {
  createRequestLimiter,
  limiterPolicy,
  type RequestLimiter,
  type RequestLimiterDeps,
} from './request-limiter.ts';
import { UserError } from './user-error.ts';

/** Errors that are about the number of requests. The last one means that a million executions are open. */
const throttlingErrors = [
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
  'ExecutionLimitExceeded',
];
const isThrottled = (error: unknown): boolean =>
  error instanceof Error && throttlingErrors.includes(error.name);

/**
 * The SDK's adaptive mode gives a request up after a few tries, and does not know `ExecutionLimitExceeded`. So the limiter
 * stands beneath the SDK's retries, which still see every other error.
 */
export function limitRequests(
  client: DynamoDBClient | SFNClient,
  service: string,
  deps: RequestLimiterDeps = {
    now: () => performance.now(),
    sleep: (ms) => sleep(ms, undefined, { ref: false }),
  },
): { end: () => void } {
  /** Each operation has a quota of its own. */
  const limiters = new Map<string, RequestLimiter>();

  function limiterOf(operation: string): RequestLimiter {
    const known = limiters.get(operation);
    if (known !== undefined) return known;
    const timeoutError = (throttled: unknown): UserError => {
      const because =
        throttled instanceof Error && throttled.name === 'ExecutionLimitExceeded'
          ? 'as many executions are open as the account may have'
          : `something else in the account uses up its quota of ${operation}`;
      return new UserError(
        'infrastructure',
        `${service} has accepted nothing for ${limiterPolicy.patienceMs / 60_000} minutes, because ${because}; start or watch the same ids later to go on.`,
      );
    };
    const limiter = createRequestLimiter(deps, { isThrottled, timeoutError });
    limiters.set(operation, limiter);
    return limiter;
  }

  // The two stacks of middleware differ by the types of their commands, which are not used here.
  (client as DynamoDBClient).middlewareStack.addRelativeTo(
    <Args, Answer>(next: (args: Args) => Promise<Answer>, context: Record<string, unknown>) =>
      (args: Args) =>
        limiterOf(String(context['commandName']).replace(/Command$/, '')).run(() => next(args)),
    { name: 'limitRequests', relation: 'after', toMiddleware: 'retryMiddleware' },
  );
  return {
    end() {
      const ended = new UserError('interrupted', `${service} gets no more requests: the client was closed.`);
      for (const limiter of limiters.values()) limiter.end(ended);
    },
  };
}
