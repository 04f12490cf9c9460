/**
 * Retries are for faults of our own parts only: "not yet" and whatever the provider does are answers of an invocation.
 * All with full jitter, because what throttles one execution throttles all of them at once.
 */
import { Duration } from 'aws-cdk-lib';
import { Errors, JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';

import { invalidEnvironment } from '../functions/environment.ts';

const exponentialRetry = (maxAttempts: number): RetryProps => ({
  interval: Duration.seconds(1),
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  jitterStrategy: JitterType.FULL,
  maxAttempts,
});

const thrownRetries = 3;

/** The first retrier that knows an error decides; each counts its own attempts. */
export const pollRetries: readonly RetryProps[] = [
  // Our own bad deploy: no attempt can mend it, and every one would only delay the alarm.
  { errors: [invalidEnvironment], maxAttempts: 0 },
  // The account's concurrency is used up, which may last: at most 25 minutes, half of that on average.
  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
  { errors: ['Lambda.TooManyRequestsException'], ...exponentialRetry(30) },
  // https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
  {
    errors: [
      'Lambda.ClientExecutionTimeoutException',
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
    ],
    ...exponentialRetry(8),
  },
  // An invocation that hangs or dies tends to do so again, and each attempt may hold a sandbox for four minutes.
  {
    errors: ['Sandbox.Timedout', 'Lambda.Unknown', 'Runtime.ExitError', Errors.TIMEOUT],
    ...exponentialRetry(2),
  },
  // What the handler threw: DynamoDB or the secret store beyond the SDK's own retries.
  { errors: [Errors.TASKS_FAILED], ...exponentialRetry(thrownRetries) },
];
/** Failed invocations after which the workflow gives a task up. */
export const pollAttempts = 1 + thrownRetries;

export const abandonmentRetries: readonly RetryProps[] = [
  // A lost condition is an answer: somebody else has decided this record.
  { errors: ['DynamoDB.ConditionalCheckFailedException'], maxAttempts: 0 },
  { errors: [Errors.ALL], ...exponentialRetry(6) },
];

/** The account's quota of starts may be used up; an execution has a minute for this at its end. */
export const segmentRetries: readonly RetryProps[] = [{ errors: [Errors.ALL], ...exponentialRetry(4) }];
