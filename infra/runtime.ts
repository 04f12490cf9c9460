import type { RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** What the owner of a poller decides once for everything in it that runs and logs. */
export interface Runtime {
  readonly logRetention: logs.RetentionDays;
  /** Of the log groups. */
  readonly removalPolicy: RemovalPolicy;
}

export const createLogGroup = (
  scope: Construct,
  id: string,
  { logRetention, removalPolicy }: Runtime,
): logs.LogGroup => new logs.LogGroup(scope, id, { retention: logRetention, removalPolicy });
