/** What takes minutes at AWS: a lease that expires, and the schedule of the sweep. */
import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';

import { runProgram } from './commands.ts';

export async function expireAndSweep(
  stackName: string,
  id: string,
  { client, tableName }: { client: DynamoDBClient; tableName: string | undefined },
): Promise<void> {
  const past = { S: new Date(Date.now() - 1_000).toISOString() };
  await client.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { detect_task_id: { S: id } },
      UpdateExpression: 'SET due_at = :past',
      ExpressionAttributeValues: { ':past': past },
    }),
  );
  await sweepNow(stackName);
}

export async function sweepNow(stackName: string): Promise<void> {
  const options = { endpoint: inject('endpoint'), home: inject('temporary') };
  const listed = await runProgram('aws', ['lambda', 'list-functions', '--output', 'json'], options);
  const { Functions } = JSON.parse(listed) as { Functions: { FunctionName: string }[] };
  const sweep = Functions.find(({ FunctionName }) => FunctionName.startsWith(`${stackName}-PollerSweep`));
  const name = ['--function-name', `${sweep?.FunctionName}:live`];
  await runProgram('aws', ['lambda', 'invoke', ...name, `${options.home}/swept.json`], options);
}
