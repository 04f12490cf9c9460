/** The backend of a deployed poller: found by the name of its stack or given by its outputs. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';

import type { ApiBackend } from '../functions/api/handlers.ts';
import { createImages } from '../functions/archive/images.ts';
import { lazyS3Store } from '../functions/archive/lazy-store.ts';
import { deletePicturesIn } from '../functions/archive/store.ts';
import { databaseClock } from '../functions/clock.ts';
import { createService } from '../functions/control/service.ts';
import { stepFunctions } from '../functions/control/step-functions.ts';
import { callbackRuleOf, WorkflowTypeEnv } from '../functions/environment.ts';
import type { PollerOutputs } from '../functions/outputs.ts';
import { type Limit, limitOf } from '../functions/rate-limit/inspect.ts';
import { createRecords } from '../functions/records/records.ts';
import { submitByFunction } from '../functions/submit/invoke.ts';
import { SubmissionError } from '../functions/submit/outcome.ts';
import type { Submitter } from '../functions/submit/submitter.ts';
import { type Client, createClient } from './client.ts';
import { limitRequests } from './limit-requests.ts';
import { awsConfig, describeStack, type StackOptions, withoutOutput } from './stack-outputs.ts';
import { UserError } from './user-error.ts';

const Outputs = z.object({
  StateMachineArn: z.string(),
  /** A stack of an earlier version has none; everything but a submission works with it. */
  SubmitFunctionArn: z.optional(z.string()),
  WorkflowType: WorkflowTypeEnv,
  TableName: z.string(),
  BaseUrl: z.string(),
  /** A stack of an earlier version has none. */
  RateLimit: z.optional(z.coerce.number()),
  DeadlineSeconds: z.coerce.number(),
  RetentionDays: z.coerce.number(),
  Shards: z.coerce.number(),
  CallbackHosts: z.string(),
  CallbackPorts: z.string(),
  ArchiveBucketName: z.optional(z.string()),
});

export interface DeployedStack {
  client: Client;
  /** The same, for the HTTP API. */
  api: ApiBackend;
  /** The rate limit of the provider's key. */
  limit: Limit;
  close(): Promise<void>;
}

/**
 * By the name of a stack, whose outputs are looked for, which needs `cloudformation:DescribeStacks`; or by the outputs
 * themselves, as the construct's `outputs` has them.
 */
export async function openDeployedStack(
  stack: string | PollerOutputs,
  options: StackOptions = {},
): Promise<DeployedStack> {
  const found = typeof stack === 'string' ? (await describeStack(stack, options)).outputs : stack;
  const outputs = Outputs.safeParse(found);
  if (!outputs.success) throw faultIn(stack, outputs.error.issues[0]?.path.join('.') ?? '');
  const config = awsConfig(options);
  const { StateMachineArn, SubmitFunctionArn, WorkflowType, TableName, BaseUrl, RateLimit, ...rest } =
    outputs.data;
  const { DeadlineSeconds, RetentionDays, Shards, ...others } = rest;
  const dynamodb = new DynamoDBClient(config);
  const { now } = databaseClock(dynamodb);
  const sfn = new SFNClient(config);
  const lambda = new LambdaClient(config);
  const limits = [limitRequests(dynamodb, 'DynamoDB'), limitRequests(sfn, 'Step Functions')];
  const { ArchiveBucketName: bucket, CallbackHosts, CallbackPorts } = others;
  const store = bucket === undefined ? undefined : lazyS3Store(bucket, config);
  const records = createRecords({
    client: dynamodb,
    tableName: TableName,
    defaults: {
      deadlineSeconds: DeadlineSeconds,
      retentionSeconds: RetentionDays * 86_400,
      shards: Shards,
      callbacks: callbackRuleOf(CallbackHosts, CallbackPorts),
    },
    now,
    deletePictures: store && deletePicturesIn(store),
  });
  const workflow = stepFunctions({ client: sfn, stateMachineArn: StateMachineArn, type: WorkflowType });
  const service = createService({ records, workflow, now });
  const submitter =
    SubmitFunctionArn === undefined
      ? withoutSubmitFunction
      : submitByFunction({ client: lambda, functionArn: SubmitFunctionArn, records });
  const limited = { client: dynamodb, tableName: TableName, perSecond: RateLimit };
  const limit = limitOf(limited, BaseUrl, now);
  const images = store && createImages({ records, store });
  return {
    client: createClient({ records, service, submitter, workflow, images, now }),
    api: { records, service, submitter, images, limit },
    limit,
    async close() {
      for (const { end } of limits) end();
      dynamodb.destroy();
      sfn.destroy();
      lambda.destroy();
    },
  };
}

const refuseSubmission = async (): Promise<never> => {
  throw new SubmissionError('SUBMISSION_UNSUPPORTED');
};
const withoutSubmitFunction: Submitter = { detect: refuseSubmission, prepareUpload: refuseSubmission };

const faultIn = (stack: string | PollerOutputs, output: string): UserError =>
  typeof stack === 'string'
    ? withoutOutput(stack, output)
    : new UserError('invalid-input', `${output}: must be the value of the output of that name`);
