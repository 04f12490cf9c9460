/** The backend of a deployed stack: found by its name, used through its outputs. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';

import type { ApiBackend } from '../functions/api/handlers.ts';
import { createService } from '../functions/control/service.ts';
import { stepFunctions } from '../functions/control/step-functions.ts';
import { callbackRuleOf, WorkflowTypeEnv } from '../functions/environment.ts';
import { createRecords } from '../functions/records/records.ts';
import { type Client, createClient } from './client.ts';
import { limitRequests } from './limit-requests.ts';
import { awsConfig, type Connection, describeStack, withoutOutput } from './stack-outputs.ts';

/** What the command line needs of the stack's outputs. */
const Outputs = z.object({
  StateMachineArn: z.string(),
  WorkflowType: WorkflowTypeEnv,
  TableName: z.string(),
  DeadlineSeconds: z.coerce.number(),
  RetentionDays: z.coerce.number(),
  Shards: z.coerce.number(),
  CallbackHosts: z.string(),
  CallbackPorts: z.string(),
});

export interface DeployedStack {
  client: Client;
  /** The same, for the HTTP API. */
  api: ApiBackend;
  close(): Promise<void>;
}

export async function openDeployedStack(stackName: string, connection: Connection): Promise<DeployedStack> {
  const { outputs: found } = await describeStack(stackName, connection);
  const outputs = Outputs.safeParse(found);
  if (!outputs.success) throw withoutOutput(stackName, outputs.error.issues[0]?.path.join('.') ?? '');
  const config = awsConfig(connection);
  const { StateMachineArn, WorkflowType, TableName, DeadlineSeconds, RetentionDays, Shards, ...callbacks } =
    outputs.data;
  const dynamodb = new DynamoDBClient(config);
  const sfn = new SFNClient(config);
  const limits = [limitRequests(dynamodb, 'DynamoDB'), limitRequests(sfn, 'Step Functions')];
  const records = createRecords({
    client: dynamodb,
    tableName: TableName,
    defaults: {
      deadlineSeconds: DeadlineSeconds,
      retentionSeconds: RetentionDays * 86_400,
      shards: Shards,
      callbacks: callbackRuleOf(callbacks.CallbackHosts, callbacks.CallbackPorts),
    },
    now: Date.now,
  });
  const workflow = stepFunctions({ client: sfn, stateMachineArn: StateMachineArn, type: WorkflowType });
  const service = createService({ records, workflow, now: Date.now });
  return {
    client: createClient({ records, service, workflow }),
    api: { records, service },
    async close() {
      for (const { end } of limits) end();
      dynamodb.destroy();
      sfn.destroy();
    },
  };
}
