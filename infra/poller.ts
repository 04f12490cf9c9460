import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import type * as ssm from 'aws-cdk-lib/aws-ssm';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import { crunBaseUrl, isCrun } from '../functions/crun/endpoints.ts';
import type { WorkflowType } from '../functions/detection/types.ts';
import type { OutputName, PollerOutputs } from '../functions/outputs.ts';
import { rateLimitOf } from '../functions/rate-limit/limit.ts';
import { byStatus, due } from '../functions/records/table.ts';
import { ApiKey } from './api-key.ts';
import { Api } from './api.ts';
import { Archive, ArchiveBucket } from './archive.ts';
import { checkProps } from './check-props.ts';
import { Deliver } from './deliver.ts';
import { checkLibrary } from './library.ts';
import { Alarms } from './monitoring/alarms.ts';
import { createDashboard } from './monitoring/dashboard.ts';
import { PollerMetrics } from './monitoring/metrics.ts';
import { Outputs } from './outputs.ts';
import { Poll } from './poll.ts';
import type { FaceDetectionPollerProps } from './props.ts';
import { type RecordEnvironment, recordEnvironmentOf, retentionOf } from './record-environment.ts';
import { runtimeOf } from './runtime.ts';
import { Submit } from './submit.ts';
import { Sweep } from './sweep.ts';
import { DetectionTable, grantOnTable, indexArn, onItems, type Table } from './table.ts';
import { Workflow } from './workflow.ts';

/** Polls face detections: start an execution of `stateMachine` per task, read the records in `table`. */
export class FaceDetectionPoller extends Construct {
  readonly table: Table;
  /** Holds the API key, unless `apiKeyParameter` does. */
  readonly apiKeySecret: secrets.ISecret | secrets.Secret | undefined;
  readonly apiKeyParameter: ssm.IStringParameter | undefined;
  /** The customer managed key of that secret or parameter, if it has one. */
  readonly apiKeyEncryptionKey: kms.IKey | undefined;
  /** The origin of the provider's API. */
  readonly baseUrl: string;
  /** The alias that the state machine invokes. */
  readonly pollFunction: lambda.IAlias;
  readonly stateMachine: sfn.StateMachine;
  readonly workflowType: WorkflowType;
  /** The alias to invoke in order to submit media. */
  readonly submitFunction: lambda.IAlias;
  /** The alias that a schedule invokes every minute. */
  readonly sweepFunction: lambda.IAlias;
  /** The alias that rules of the event bus invoke. */
  readonly deliverFunction: lambda.IAlias;
  /** Holds the secrets that sign webhooks. */
  readonly webhookSecret: secrets.ISecret | secrets.Secret;
  /** The alias that archives pictures, and their bucket, where there is an archive. */
  readonly archiveFunction: lambda.IAlias | undefined;
  readonly archiveBucket: s3.IBucket | s3.Bucket | undefined;
  /** The origin of the HTTP API, if there is one. */
  readonly apiUrl: string | undefined;
  /** Holds the tokens that open it, with `api.token`. */
  readonly apiTokenSecret: secrets.Secret | undefined;
  /** What the functions measure, for alarms and dashboards of your own. */
  readonly metrics: PollerMetrics;
  /** What the outputs of the stack say of it, for a client that is given names instead of looking for them. */
  readonly outputs: PollerOutputs;
  /** What a program that controls tasks is allowed, beside the records. */
  readonly #workflow: Workflow;
  readonly #pictures: ArchiveBucket | undefined;

  constructor(scope: Construct, id: string, props: FaceDetectionPollerProps = {}) {
    super(scope, id);
    checkLibrary();
    checkProps(this, props);
    const { firstInvocationBudget, laterInvocationBudget, alarmsTopic: topic } = props;
    const runtime = runtimeOf(this, props);
    const { removalPolicy } = runtime;
    const eventBus = props.eventBus ?? events.EventBus.fromEventBusName(this, 'DefaultBus', 'default');
    this.baseUrl = props.baseUrl ?? crunBaseUrl;
    this.workflowType = props.workflowType ?? 'STANDARD';
    const rateLimit = rateLimitOf(props.rateLimit, isCrun(this.baseUrl));

    const table = props.table ?? new DetectionTable(this, 'Table', { ...props, removalPolicy });
    const { apiKeySecret: secret, apiKeyParameter: parameter } = props;
    const apiKey = new ApiKey(this, 'ApiKey', { secret, parameter, removalPolicy });
    const archiveOptions = props.archive === true ? {} : props.archive;
    const retention = retentionOf(props);
    const pictures = archiveOptions
      ? new ArchiveBucket(this, 'Pictures', { options: archiveOptions, retention, removalPolicy })
      : undefined;
    const recordEnvironment = recordEnvironmentOf(props, table, pictures?.bucket.bucketName);
    const shared = { table, recordEnvironment, runtime, eventBus };

    const provider = {
      apiKey,
      baseUrl: this.baseUrl,
      rateLimit,
      firstInvocationBudget,
      laterInvocationBudget,
      reservedConcurrency: props.reservedConcurrency,
    };
    const poll = new Poll(this, 'Poll', { ...shared, ...provider, workflowType: this.workflowType });
    const workflow = new Workflow(this, 'Workflow', { ...shared, type: this.workflowType, poll: poll.live });
    const deliver = new Deliver(this, 'Deliver', { ...shared, secret: props.webhookSecret });
    const sweep = new Sweep(this, 'Sweep', { ...shared, workflow, pictures });
    const archive = pictures && new Archive(this, 'Archive', { ...shared, pictures });
    const { experimentalVideo } = props;
    const submit = new Submit(this, 'Submit', { ...shared, ...provider, workflow, experimentalVideo });
    const options = props.api === true ? {} : props.api;
    const api = options
      ? new Api(this, 'Api', { ...shared, ...provider, workflow, submit: submit.live, options, pictures })
      : undefined;

    this.table = table;
    this.apiKeySecret = apiKey.secret;
    this.apiKeyParameter = apiKey.parameter;
    this.apiKeyEncryptionKey = apiKey.encryptionKey;
    this.pollFunction = poll.live;
    this.stateMachine = workflow.stateMachine;
    this.deliverFunction = deliver.live;
    this.webhookSecret = deliver.secret;
    this.submitFunction = submit.live;
    this.sweepFunction = sweep.live;
    this.archiveFunction = archive?.live;
    this.archiveBucket = pictures?.bucket;
    this.#pictures = pictures;
    this.apiUrl = api?.url;
    this.apiTokenSecret = api?.tokenSecret;
    this.metrics = new PollerMetrics(table.tableName);
    this.#workflow = workflow;
    this.outputs = this.#describe(recordEnvironment, rateLimit);
    new Outputs(this, 'Outputs', this.outputs, props.outputs);
    if (props.monitoring === false) return;

    const functions = {
      Poll: poll.live,
      Submit: submit.live,
      Sweep: sweep.live,
      Deliver: deliver.live,
      ...(archive && { Archive: archive.live }),
      ...(api && { Api: api.live }),
      ...(api?.authorize && { Authorize: api.authorize }),
    };
    const monitored = { metrics: this.metrics, functions };
    const { all: alarms } = new Alarms(this, 'Alarms', {
      ...monitored,
      serverErrors: api?.serverErrors,
      topic,
    });
    createDashboard(this, { ...monitored, stateMachine: this.stateMachine, alarms });
  }

  /** Without what does not exist. */
  #describe(records: RecordEnvironment, rateLimit: number): PollerOutputs {
    const values: Record<OutputName, string | undefined> = {
      StateMachineArn: this.stateMachine.stateMachineArn,
      SubmitFunctionArn: this.submitFunction.functionArn,
      WorkflowType: this.workflowType,
      TableName: this.table.tableName,
      ApiKeySecretArn: this.apiKeySecret?.secretArn,
      ApiKeyParameterName: this.apiKeyParameter?.parameterName,
      ApiKeyEncryptionKeyArn: this.apiKeyEncryptionKey?.keyArn,
      WebhookSecretArn: this.webhookSecret.secretArn,
      BaseUrl: this.baseUrl,
      RateLimit: String(rateLimit),
      ApiUrl: this.apiUrl,
      ApiTokenSecretArn: this.apiTokenSecret?.secretArn,
      ArchiveBucketName: this.archiveBucket?.bucketName,
      DeadlineSeconds: records.DEADLINE_SECONDS,
      RetentionDays: records.RETENTION_DAYS,
      Shards: records.SHARDS,
      CallbackHosts: records.CALLBACK_HOSTS,
      CallbackPorts: records.CALLBACK_PORTS,
    };
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  }

  /** Allows `StartExecution`, and nothing else. */
  grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** Allows to submit media, by the Submit function. */
  grantSubmit(grantee: iam.IGrantable): iam.Grant {
    const actions = ['lambda:InvokeFunction'];
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.submitFunction.functionArn] });
  }

  /** Allows everything that the client of `face-detection-poller/client` does, and to look for the outputs. */
  grantClient(grantee: iam.IGrantable): iam.Grant {
    const controls = ['states:DescribeExecution', 'states:StopExecution'] as const;
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['cloudformation:DescribeStacks'],
      resourceArns: [Stack.of(this).stackId],
    })
      .combine(grantOnTable(grantee, this.table, onItems))
      .combine(grantOnTable(grantee, this.table, ['dynamodb:Query'], this.#indexes()))
      .combine(this.grantSubmit(grantee))
      .combine(this.#workflow.grantControl(grantee, controls))
      .combine(this.#pictures?.grant(grantee, ['Get', 'Delete']) ?? iam.Grant.drop(grantee, 'no archive'));
  }

  /** Allows reading records and pages of faces by key, and querying both indexes. */
  grantRead(grantee: iam.IGrantable): iam.Grant {
    return grantOnTable(grantee, this.table, ['dynamodb:GetItem']).combine(
      grantOnTable(grantee, this.table, ['dynamodb:Query'], this.#indexes()),
    );
  }

  #indexes(): string[] {
    return [byStatus, due].map((index) => indexArn(this.table, index));
  }
}
