import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type * as z from 'zod/mini';

import { parsePollEnv, type PollEnv } from '../functions/poll/env.ts';
import { NodeFunction } from './node-function.ts';
import { Sweep } from './sweep.ts';
import { createTable } from './table.ts';
import { Workflow } from './workflow.ts';

export interface FaceDetectionPollerProps {
  /** Holds the provider's API key as plain text. By default a new secret, to be filled after the first deployment. */
  readonly apiKeySecret?: secrets.ISecret;
  /** Where the provider listens. Default: https://api.crun.ai. */
  readonly baseUrl?: string;
  /** How long a task is polled unless its start says otherwise, 5 s to 24 h. Default: 1 hour. */
  readonly deadline?: Duration;
  /** How long a record is kept. Default: 30 days. */
  readonly retention?: Duration;
  /** Into how many keys each index is spread; one takes about 1,000 writes a second. Default: 1. */
  readonly shards?: number;
  /** How long logs are kept. Default: one month. */
  readonly logRetention?: logs.RetentionDays;
  /** What becomes of table, secret and logs when the stack goes. Default: they stay. */
  readonly removalPolicy?: RemovalPolicy;
}

/** Polls face detections: start an execution of `stateMachine` for each task, read the answers in `table`. */
export class FaceDetectionPoller extends Construct {
  readonly table: dynamodb.TableV2;
  readonly apiKeySecret: secrets.ISecret | secrets.Secret;
  /** One visit; the state machine invokes it. */
  readonly pollFunction: lambda.IAlias;
  readonly stateMachine: sfn.StateMachine;
  /** Sees to what is overdue; a schedule invokes it. */
  readonly sweepFunction: lambda.IAlias;
  /** What is decided once for every record, as whoever begins one must know it. */
  readonly recordDefaults: Record<'DEADLINE_SECONDS' | 'RETENTION_DAYS' | 'SHARDS', string>;

  constructor(scope: Construct, id: string, props: FaceDetectionPollerProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const logRetention = props.logRetention ?? logs.RetentionDays.ONE_MONTH;

    this.table = createTable(this, removalPolicy);
    this.apiKeySecret =
      props.apiKeySecret ??
      // The generated value is a placeholder: the provider refuses it, and the record then says what to do.
      new secrets.Secret(this, 'ApiKey', {
        description: 'The API key of crun.ai, as plain text.',
        removalPolicy,
      });

    this.recordDefaults = {
      DEADLINE_SECONDS: String((props.deadline ?? Duration.hours(1)).toSeconds()),
      RETENTION_DAYS: String((props.retention ?? Duration.days(30)).toDays()),
      SHARDS: String(props.shards ?? 1),
    };
    const environment = {
      ...this.recordDefaults,
      TABLE_NAME: this.table.tableName,
      CRUN_BASE_URL: props.baseUrl ?? 'https://api.crun.ai',
      API_KEY_SECRET_ARN: this.apiKeySecret.secretArn,
    } satisfies Record<keyof z.input<typeof PollEnv>, string>;
    // What the function would refuse at its cold start is refused at synthesis.
    parsePollEnv(environment);
    this.pollFunction = new NodeFunction(this, 'Poll', {
      module: 'poll/handler.ts',
      description: 'One visit: asks the provider for a detection and records what it says.',
      environment,
      timeout: Duration.seconds(60),
      logRetention,
      removalPolicy,
    }).live;
    this.pollFunction.addToRolePolicy(
      new iam.PolicyStatement({
        // A visit knows its key: it neither queries an index nor scans.
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
        resources: [this.table.tableArn],
      }),
    );
    this.pollFunction.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        // A secret that was looked up by name lacks the six random characters at the end of its ARN.
        resources: [this.apiKeySecret.secretFullArn ?? `${this.apiKeySecret.secretArn}-??????`],
      }),
    );
    this.apiKeySecret.encryptionKey?.grantDecrypt(this.pollFunction);

    this.stateMachine = new Workflow(this, 'Workflow', {
      poll: this.pollFunction,
      table: this.table,
      logRetention,
      removalPolicy,
    }).stateMachine;

    this.sweepFunction = new Sweep(this, 'Sweep', {
      table: this.table,
      stateMachine: this.stateMachine,
      recordDefaults: this.recordDefaults,
      logRetention,
      removalPolicy,
    }).live;
  }
}
