/** The backend of a deployed stack: found by its name, used through its outputs. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';

import { stepFunctions } from '../functions/start/step-functions.ts';
import type { Backend } from './cli.ts';
import { createClient } from './client.ts';
import { StatedError } from './failure.ts';

/** What the command line needs of the stack's outputs. */
const Outputs = z.object({
  StateMachineArn: z.string(),
  TableName: z.string(),
  DeadlineSeconds: z.coerce.number(),
  RetentionDays: z.coerce.number(),
  Shards: z.coerce.number(),
});

export async function openDeployedStack(
  stackName: string,
  options: { region?: string; profile?: string },
): Promise<Backend> {
  const config = {
    ...options,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  };
  const cloudformation = new CloudFormationClient(config);
  const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: stackName }));
  cloudformation.destroy();
  const found = Object.fromEntries<string | undefined>(
    (Stacks?.[0]?.Outputs ?? []).map((output) => [output.OutputKey ?? '', output.OutputValue]),
  );
  const outputs = Outputs.safeParse(found);
  if (!outputs.success) {
    const missing = outputs.error.issues[0]?.path.join('.');
    throw new StatedError(
      'infrastructure',
      `FACE_POLLER_STACK: the stack ${stackName} has no usable output ${missing}; is it a face detection poller?`,
    );
  }
  const { StateMachineArn, TableName, DeadlineSeconds, RetentionDays, Shards } = outputs.data;
  const dynamodb = new DynamoDBClient(config);
  const sfn = new SFNClient(config);
  return {
    client: createClient({
      dynamodb,
      tableName: TableName,
      defaults: {
        deadlineSeconds: DeadlineSeconds,
        retentionSeconds: RetentionDays * 86_400,
        shards: Shards,
      },
      workflow: stepFunctions({ client: sfn, stateMachineArn: StateMachineArn }),
    }),
    pollsHere: false,
    async close() {
      dynamodb.destroy();
      sfn.destroy();
    },
  };
}
