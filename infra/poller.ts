import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as ssm from 'aws-cdk-lib/aws-ssm';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import { crunBaseUrl } from '../functions/crun/endpoints.ts';
import type { WorkflowType } from '../functions/detection/types.ts';
import type { PollEnv } from '../functions/poll/env.ts';
import { functionMemoryMb, functionSeconds } from '../functions/poll/policy.ts';
import { rateLimitOf } from '../functions/rate-limit/limit.ts';
import { byStatus, due } from '../functions/records/table.ts';
import { ApiKey } from './api-key.ts';
import { Api, type ApiOptions } from './api.ts';
import { checkProps } from './check-props.ts';
import { Deliver } from './deliver.ts';
import { Alarms } from './monitoring/alarms.ts';
import { createDashboard } from './monitoring/dashboard.ts';
import { PollerMetrics } from './monitoring/metrics.ts';
import { NodeFunction } from './node-function.ts';
import type { FunctionEnvironment, RecordEnvironment } from './record-environment.ts';
import { Sweep } from './sweep.ts';
import { DetectionTable, grantOnTable, indexArn, onItems } from './table.ts';
import { Workflow } from './workflow.ts';

export interface FaceDetectionPollerProps {
  /** An existing secret that holds the API key as plain text. Default: a new one, for `face-poller set-key` to fill. */
  readonly apiKeySecret?: secrets.ISecret | secrets.Secret;
  /** An SSM parameter instead, of type SecureString; `face-poller set-key` makes it where it is not there yet. Default: none. */
  readonly apiKeyParameter?: ssm.IStringParameter;
  /** Where the provider listens. Default: https://api.crun.ai. */
  readonly baseUrl?: string;
  /** How long a task is polled unless its start says otherwise, 5 s to 24 h. Default: 1 hour. */
  readonly deadline?: Duration;
  /**
   * What runs the workflow. Standard: paid by the state, with a history of every execution. Express: paid by the second
   * and many times cheaper, without one. Default: STANDARD. Changing it replaces the state machine.
   */
  readonly workflowType?: `${sfn.StateMachineType}`;
  /** For how long one invocation may go on polling before the workflow waits, 1 s to 225 s. Default: by workflow type. */
  readonly invocationBudget?: Duration;
  /** Calls a second to the provider, of all tasks together, 0.01 to 3000; 0: no limit. Default: 2, or none at a base URL of your own. */
  readonly rateLimit?: number;
  /** How long a record is kept, 1 to 3650 days. Default: 30 days. */
  readonly retention?: Duration;
  /** Into how many keys each index is spread; one takes about 1,000 writes a second, 1 to 64. Default: 1. */
  readonly shards?: number;
  /** A customer managed key that encrypts the table. Default: the key that AWS owns, which costs nothing. */
  readonly tableKey?: kms.IKey;
  /** Whether the table can be restored to any second of the last 35 days. Default: true. */
  readonly pointInTimeRecovery?: boolean;
  /** Whether the table refuses to be deleted, by whomever. Default: false. */
  readonly deletionProtection?: boolean;
  /** Where every final record is told of. Default: the account's default event bus. */
  readonly eventBus?: events.IEventBus | events.EventBus;
  /** An existing secret of one or two webhook secrets, the newest first. Default: a new one, generated. */
  readonly webhookSecret?: secrets.ISecret | secrets.Secret;
  /** The only hosts that callbacks may name: `hooks.example.com`, or `.example.com` for all below it. Default: any public host. */
  readonly callbackHosts?: string[];
  /** The only ports that callbacks may name. Default: 443. */
  readonly callbackPorts?: number[];
  /** How long logs are kept. Default: one month. */
  readonly logRetention?: logs.RetentionDays;
  /** Whether there is an HTTP API, or how: callers sign their requests unless you say who else may call. Default: none. */
  readonly api?: boolean | ApiOptions;
  /** Alarms and a dashboard. Default: true. The metrics are there without them. */
  readonly monitoring?: boolean;
  /** Is told when an alarm rings, and when it is over. By default nobody is. */
  readonly alarmsTopic?: sns.ITopic;
  /** What becomes of table, secret and logs when the stack goes. Default: they stay. */
  readonly removalPolicy?: RemovalPolicy;
}

/** Polls face detections: start an execution of `stateMachine` for each task, read the answers in `table`. */
export class FaceDetectionPoller extends Construct {
  readonly table: dynamodb.TableV2;
  /** Where the API key is: a secret or a parameter, by the props. */
  readonly apiKeySecret: secrets.ISecret | secrets.Secret | undefined;
  readonly apiKeyParameter: ssm.IStringParameter | undefined;
  /** The customer managed key of that secret or parameter, where it has one. */
  readonly apiKeyEncryptionKey: kms.IKey | undefined;
  /** Where the provider listens. */
  readonly baseUrl: string;
  /** One invocation; the state machine invokes it. */
  readonly pollFunction: lambda.IAlias;
  readonly stateMachine: sfn.StateMachine;
  /** What runs its executions. */
  readonly workflowType: WorkflowType;
  /** Sees to what is overdue; a schedule invokes it. */
  readonly sweepFunction: lambda.IAlias;
  /** Where the HTTP API listens, if there is one. */
  readonly apiUrl: string | undefined;
  /** What the functions measure, for alarms and dashboards of your own. */
  readonly metrics: PollerMetrics;
  /** Delivers webhooks; rules of the event bus invoke it. */
  readonly deliverFunction: lambda.IAlias;
  /** What webhooks are signed with. */
  readonly webhookSecret: secrets.ISecret | secrets.Secret;
  /** What is decided once for every record, as whoever begins one must know it. */
  readonly recordEnvironment: RecordEnvironment;

  constructor(scope: Construct, id: string, props: FaceDetectionPollerProps = {}) {
    super(scope, id);
    checkProps(props);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const logRetention = props.logRetention ?? logs.RetentionDays.ONE_MONTH;

    this.table = new DetectionTable(this, 'Table', {
      removalPolicy,
      encryptionKey: props.tableKey,
      pointInTimeRecovery: props.pointInTimeRecovery ?? true,
      deletionProtection: props.deletionProtection ?? false,
    });
    const apiKey = new ApiKey(this, 'ApiKey', {
      secret: props.apiKeySecret,
      parameter: props.apiKeyParameter,
      removalPolicy,
    });
    this.apiKeySecret = apiKey.secret;
    this.apiKeyParameter = apiKey.parameter;
    this.apiKeyEncryptionKey = apiKey.encryptionKey;
    this.baseUrl = props.baseUrl ?? crunBaseUrl;

    this.recordEnvironment = {
      DEADLINE_SECONDS: String((props.deadline ?? Duration.hours(1)).toSeconds()),
      RETENTION_DAYS: String((props.retention ?? Duration.days(30)).toDays()),
      SHARDS: String(props.shards ?? 1),
      CALLBACK_HOSTS: props.callbackHosts?.join(',') ?? '*',
      CALLBACK_PORTS: (props.callbackPorts ?? [443]).join(','),
    };
    const eventBus = props.eventBus ?? events.EventBus.fromEventBusName(this, 'DefaultBus', 'default');
    this.workflowType = props.workflowType ?? 'STANDARD';
    this.pollFunction = new NodeFunction(this, 'Poll', {
      module: apiKey.pollModule,
      description: 'One invocation: asks the provider for a detection and records what it says.',
      environment: {
        ...this.recordEnvironment,
        ...apiKey.environment,
        TABLE_NAME: this.table.tableName,
        EVENT_BUS_NAME: eventBus.eventBusName,
        CRUN_BASE_URL: this.baseUrl,
        RATE_LIMIT: String(rateLimitOf(props.rateLimit, this.baseUrl === crunBaseUrl)),
        WORKFLOW_TYPE: this.workflowType,
        ...(props.invocationBudget && {
          INVOCATION_BUDGET_SECONDS: String(props.invocationBudget.toSeconds()),
        }),
      } satisfies Omit<FunctionEnvironment<typeof PollEnv>, `API_KEY_${string}`>,
      timeout: Duration.seconds(functionSeconds),
      memoryMb: functionMemoryMb,
      logRetention,
      removalPolicy,
    }).live;
    // An invocation knows its key: it neither queries an index nor scans.
    grantOnTable(this.pollFunction, this.table, onItems);
    apiKey.grantRead(this.pollFunction);
    eventBus.grantPutEventsTo(this.pollFunction);

    this.stateMachine = new Workflow(this, 'Workflow', {
      type: this.workflowType,
      poll: this.pollFunction,
      table: this.table,
      logRetention,
      removalPolicy,
    }).stateMachine;

    const deliver = new Deliver(this, 'Deliver', {
      table: this.table,
      eventBus,
      secret: props.webhookSecret,
      recordEnvironment: this.recordEnvironment,
      logRetention,
      removalPolicy,
    });
    this.deliverFunction = deliver.live;
    this.webhookSecret = deliver.secret;

    this.sweepFunction = new Sweep(this, 'Sweep', {
      table: this.table,
      eventBus,
      stateMachine: this.stateMachine,
      workflowType: this.workflowType,
      recordEnvironment: this.recordEnvironment,
      logRetention,
      removalPolicy,
    }).live;

    const { table, stateMachine, workflowType, recordEnvironment } = this;
    const api = props.api
      ? new Api(this, 'Api', {
          ...(props.api !== true && props.api),
          table,
          stateMachine,
          workflowType,
          recordEnvironment,
          logRetention,
          removalPolicy,
        })
      : undefined;
    this.apiUrl = api?.url;

    this.metrics = new PollerMetrics(table.tableName);
    if (props.monitoring ?? true) {
      const functions = {
        Poll: this.pollFunction,
        Sweep: this.sweepFunction,
        Deliver: this.deliverFunction,
        ...(api !== undefined && { Api: api.live }),
      };
      const { metrics } = this;
      const alarms = new Alarms(this, 'Alarms', { metrics, functions, topic: props.alarmsTopic }).all;
      createDashboard(this, { metrics, functions, stateMachine, table, alarms });
    }
  }

  /** May start executions by `StartExecution`; who starts through the client needs to write records too. */
  grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** May read records and pages by their key, and query both indexes. */
  grantRead(grantee: iam.IGrantable): iam.Grant {
    const indexes = [byStatus, due].map((index) => indexArn(this.table, index));
    return grantOnTable(grantee, this.table, ['dynamodb:GetItem']).combine(
      grantOnTable(grantee, this.table, ['dynamodb:Query'], indexes),
    );
  }
}
