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
  },
  transitions: {
    name: 'Step Functions, state transitions',
    limit: { STANDARD: 5_000, EXPRESS: none },
    unit: 'a second',
    canBeRaised: true,
    source: stepFunctions,
  },
  open: {
    name: 'Step Functions, open executions',
    limit: { STANDARD: 1_000_000, EXPRESS: none },
    unit: 'at a time',
    canBeRaised: true,
    source: stepFunctions,
  },
  concurrency: {
    name: 'Lambda, concurrent executions',
    limit: both(1_000),
    unit: 'at a time',
    canBeRaised: true,
    source: lambda,
  },
  invocations: {
    name: 'Lambda, requests: ten times the concurrency',
    limit: both(10_000),
    unit: 'a second',
    canBeRaised: true,
    source: lambda,
  },
  indexKey: {
    name: 'DynamoDB, writes of one partition key',
    limit: both(1_000),
    unit: 'a second',
    canBeRaised: false,
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html',
  },
  writes: {
    name: 'DynamoDB, write units of a table on demand, and of each index',
    limit: both(40_000),
    unit: 'a second',
    canBeRaised: true,
    source: dynamodb,
  },
  reads: {
    name: 'DynamoDB, read units of a table on demand',
    limit: both(40_000),
    unit: 'a second',
    canBeRaised: true,
    source: dynamodb,
  },
  events: {
    name: 'EventBridge, `PutEvents`',
    limit: both(10_000),
    unit: 'a second',
    canBeRaised: true,
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html',
  },
  secrets: {
    name: 'Secrets Manager, `GetSecretValue`',
    limit: both(10_000),
    unit: 'a second',
    canBeRaised: false,
    source: 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html',
  },
} as const satisfies Record<string, Quota>;

export type QuotaName = keyof typeof quotas;
export const quotaNames = Object.keys(quotas) as QuotaName[];
