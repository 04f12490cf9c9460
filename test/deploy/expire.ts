/** What takes minutes at AWS: a lease that expires, and the schedule of the sweep. */
import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';

import { aws, functionOf } from './aws-cli.ts';

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
  const { FunctionName } = await functionOf(stackName, 'Sweep');
  const name = { 'function-name': `${FunctionName}:live` };
  await aws(`lambda invoke ${inject('temporary')}/swept.json`, name);
}
