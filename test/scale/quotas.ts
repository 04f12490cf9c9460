/**
 * What AWS allows an account in us-east-1 before it is asked for more. As of November 2026 and second-hand: read from
 * copies of the pages named here, which are the ones to look at before relying on a number. A young account has less.
 */
import type { WorkflowType } from '../../functions/detection/types.ts';

interface Quota {
  /** As Service Quotas or the page names it. */
  name: string;
  limit: Record<WorkflowType, number>;
  unit: string;
  canBeRaised: boolean;
  source: string;
  /** What helps besides raising it. */
  else: string;
}

const none = Number.POSITIVE_INFINITY;
const both = (limit: number): Record<WorkflowType, number> => ({ STANDARD: limit, EXPRESS: limit });

const stepFunctions = 'https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html';
const dynamodb = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html';
const lambda = 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html';

export const quotas = {
  starts: {
    name: 'Step Functions, `StartExecution`: refill rate',
    limit: { STANDARD: 300, EXPRESS: 6_000 },
    unit: 'a second',
    canBeRaised: true,
    source: stepFunctions,
    else: 'Express has twenty times as many. Client and command line wait their turn. A stack in another account or region has its own',
  },
  transitions: {
    name: 'Step Functions, state transitions',
    limit: { STANDARD: 5_000, EXPRESS: none },
    unit: 'a second',
    canBeRaised: true,
    source: stepFunctions,
    else: 'Express has no such quota. Beyond it states are entered later, nothing fails',
  },
  open: {
    name: 'Step Functions, open executions',
    limit: { STANDARD: 1_000_000, EXPRESS: none },
    unit: 'at a time',
    canBeRaised: true,
    source: stepFunctions,
    else: 'Express has no such quota; a shorter deadline bounds what a provider that is down leaves open',
  },
  concurrency: {
    name: 'Lambda, concurrent executions',
    limit: both(1_000),
    unit: 'at a time',
    canBeRaised: true,
    source: lambda,
    else: 'Express holds a function only while it asks; on Standard a `invocationBudgetSeconds` below the default gives it back sooner, at three states an invocation',
  },
  invocations: {
    name: 'Lambda, requests: ten times the concurrency',
    limit: both(10_000),
    unit: 'a second',
    canBeRaised: true,
    source: lambda,
    else: 'goes with the concurrency',
  },
  indexKey: {
    name: 'DynamoDB, writes of one partition key',
    limit: both(1_000),
    unit: 'a second',
    canBeRaised: false,
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html',
    else: '`shards`, up to 64; one key of the `due` index and one for each status',
  },
  writes: {
    name: 'DynamoDB, write units of a table on demand, and of each index',
    limit: both(40_000),
    unit: 'a second',
    canBeRaised: true,
    source: dynamodb,
    else: 'it is of each table: a second stack has a second one',
  },
  reads: {
    name: 'DynamoDB, read units of a table on demand',
    limit: both(40_000),
    unit: 'a second',
    canBeRaised: true,
    source: dynamodb,
    else: 'it is of each table: a second stack has a second one',
  },
  events: {
    name: 'EventBridge, `PutEvents`',
    limit: both(10_000),
    unit: 'a second',
    canBeRaised: true,
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html',
    else: 'a stack in another account or region',
  },
  secrets: {
    name: 'Secrets Manager, `GetSecretValue`',
    limit: both(10_000),
    unit: 'a second',
    canBeRaised: false,
    source: 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html',
    else: 'the key is read once in five minutes by each sandbox; an SSM parameter allows fewer',
  },
} as const satisfies Record<string, Quota>;

export type QuotaName = keyof typeof quotas;
export const quotaNames = Object.keys(quotas) as QuotaName[];

/**
 * Sandboxes that Lambda adds to one function: 1,000 in 10 s
 * (https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html).
 */
export const sandboxesPerSecond = 100;
