/**
 * Retries are for faults of our own parts only: "not yet" and the provider's faults are results of an invocation. All
 * have full jitter, because throttling hits all executions at once.
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
const throttleRetries = 1_440;

/** The first retrier that matches an error applies; each counts its own attempts. */
export const pollRetries: readonly RetryProps[] = [
  // A bad deployment: no attempt can succeed, and each would delay the alarm.
  { errors: [invalidEnvironment], maxAttempts: 0 },
  // The account's concurrency is used up, which may last: no task is lost by it within half a day on average.
  // With full jitter an attempt comes every half minute on average.
  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
  { errors: ['Lambda.TooManyRequestsException'], ...exponentialRetry(throttleRetries) },
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
  // An invocation that hangs or crashes tends to do so again, and each attempt may occupy a sandbox for four minutes.
  {
    errors: ['Sandbox.Timedout', 'Lambda.Unknown', 'Runtime.ExitError', Errors.TIMEOUT],
    ...exponentialRetry(2),
  },
  // Thrown by the handler: DynamoDB or the secret store failed beyond the SDK's own retries.
  { errors: [Errors.TASKS_FAILED], ...exponentialRetry(thrownRetries) },
];
/** Failed invocations in a row after which the workflow abandons a task. */
export const pollAttempts = 1 + thrownRetries;

export const abandonmentRetries: readonly RetryProps[] = [
  // A failed condition is an answer: another execution has decided this record.
  { errors: ['DynamoDB.ConditionalCheckFailedException'], maxAttempts: 0 },
  { errors: [Errors.ALL], ...exponentialRetry(6) },
];

/** The account's quota of starts may be used up; an execution reserves a minute for this at its end. */
export const segmentRetries: readonly RetryProps[] = [{ errors: [Errors.ALL], ...exponentialRetry(4) }];
