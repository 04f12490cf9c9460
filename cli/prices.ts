/**
 * What AWS charges, in US dollars of us-east-1, on demand, without free tiers. As of November 2026 and second-hand:
 * read from copies of the pages named here, which are the ones to look at before relying on a number.
 */
import { functionMemoryMb } from '../functions/poll/policy.ts';

const million = 1_000_000;

export const dollars = {
  /** https://aws.amazon.com/step-functions/pricing: Standard, a state entered; a retry is one more. */
  transition: 25 / million,
  /** The same page: Express, an execution started. */
  expressRequest: 1 / million,
  /** The same page: Express, in chunks of 64 MB and 100 ms. */
  expressGbSecond: 0.000_016_67,
  /** https://aws.amazon.com/lambda/pricing: an invocation. */
  lambdaRequest: 0.2 / million,
  /** The same page: arm64, billed by the millisecond. */
  lambdaGbSecond: 0.000_013_333_4,
  /** The same page, durable functions: an execution, a step, a wait, a retry. */
  durableOperation: 8 / million,
  /** The same page: what a durable function keeps of itself. */
  durableGb: 0.25,
  /** https://aws.amazon.com/dynamodb/pricing/on-demand: a consistent read of up to 4 KB. */
  read: 0.125 / million,
  /** The same page: a write of up to 1 KB, of the table or of an index. */
  write: 0.625 / million,
  /** https://aws.amazon.com/sqs/pricing: a request to a standard queue. */
  queueRequest: 0.4 / million,
  /** https://aws.amazon.com/eventbridge/pricing: an event put on a bus of one's own. */
  event: 1 / million,
  /** https://aws.amazon.com/s3/pricing: an object written, or a list of up to 1,000. */
  s3Put: 5 / million,
  /** The same page: an object read. */
  s3Get: 0.4 / million,
  /** The same page: a gigabyte kept for a month. */
  s3GbMonth: 0.023,
  /** https://aws.amazon.com/cloudwatch/pricing: logs taken in. */
  logGb: 0.5,
} as const;

/** Definition and data of an execution of ours stay within one chunk. */
const expressGb = 64 / 1_024;

export const lambdaDollars = (requests: number, ms: number, memoryMb: number = functionMemoryMb): number =>
  requests * dollars.lambdaRequest + (ms / 1_000) * (memoryMb / 1_024) * dollars.lambdaGbSecond;

/** Of one execution, or of several that took so long together. */
export const expressDollars = (ms: number, executions = 1): number =>
  executions * dollars.expressRequest + (Math.ceil(ms / 100) / 10) * expressGb * dollars.expressGbSecond;
