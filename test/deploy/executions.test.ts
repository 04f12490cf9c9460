import { setTimeout as sleep } from 'node:timers/promises';

import { type AttributeValue, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';

import { canaryKey, deploy, type Deployment } from './deployment.ts';

const pending = { step: 'pending', status: 'processing' } as const;
const succeeded = { step: 'succeeded', faces: 2 } as const;

describe('executions of the deployed workflow', () => {
  let stack: Deployment;
  beforeAll(async () => {
    stack = await deploy('Executions');
    return stack.end;
  });

  const idsIn = async (
    indexName: string,
    partitionKey: string,
    value: AttributeValue,
  ): Promise<unknown[]> => {
    const { Items = [] } = await stack.dynamodb.send(
      new QueryCommand({
        TableName: stack.outputs['TableName'],
        IndexName: indexName,
        KeyConditionExpression: '#key = :value',
        ExpressionAttributeNames: { '#key': partitionKey },
        ExpressionAttributeValues: { ':value': value },
        ScanIndexForward: false,
      }),
    );
    return Items.map((item) => item['detect_task_id']?.S);
  };

  const dueIds = (shard: number | undefined): Promise<unknown[]> =>
    idsIn('due', 'due_shard', { N: String(shard) });

  /** Until the first invocation has written the record. */
  async function begun(detectTaskId: string): Promise<void> {
    while ((await stack.item(detectTaskId)) === undefined) await sleep(100);
  }

  /** As after a few minutes: no execution renews it. */
  const makeOverdue = (detectTaskId: string): Promise<unknown> =>
    stack.dynamodb.send(
      new UpdateItemCommand({
        TableName: stack.outputs['TableName'],
        Key: { detect_task_id: { S: detectTaskId } },
        UpdateExpression: 'SET due_at = :past',
        ExpressionAttributeValues: { ':past': { S: new Date(Date.now() - 1_000).toISOString() } },
      }),
    );

  it('stand in the indexes: as due while somebody must act, by status always', async () => {
    stack.simulator.submit([{ step: 'after', ms: 4_000 }, succeeded], 'indexed');
    const executionArn = await stack.start({ detect_task_id: 'indexed' });
    await begun('indexed');
    const { status = '', due_shard: shard } = (await stack.item('indexed')) ?? {};

    expect(await idsIn('by_status', 'status_shard', { S: `${status}#0` })).toContain('indexed');
    expect(await dueIds(shard)).toContain('indexed');
    await stack.ended(executionArn);
    expect(await idsIn('by_status', 'status_shard', { S: 'succeeded#0' })).toContain('indexed');
    expect(await dueIds(shard)).not.toContain('indexed');
  });

  it('of one name and one task are one', async () => {
    stack.simulator.submit([{ ...pending, times: 3 }, succeeded], 'twice');
    const executionArn = await stack.start({ detect_task_id: 'twice' }, '1-twice');
    // Gap `same-name`: at AWS the answer is the same execution.
    const again = stack.start({ detect_task_id: 'twice' }, '1-twice');
    await expect(again).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    // The client's own name, and its own way to meet either answer.
    const started = await stack.client.start({ detect_task_id: 'twice' });
    await stack.ended(executionArn);

    expect(started).toMatchObject({ attempt: 1, execution_name: '1-twice' });
    expect(await stack.item('twice')).toMatchObject({ status: 'succeeded', attempt: 1, polls: 4 });
    expect(stack.simulator.requestsFor('twice')).toHaveLength(4);
  });

  it('that rival for one task ask no more than one would, and end alike', async () => {
    stack.simulator.submit([{ ...pending, times: 3 }, succeeded], 'rivals');
    const first = await stack.start({ detect_task_id: 'rivals' }, 'first');
    await begun('rivals');
    const rivals = await Promise.all([
      stack.start({ detect_task_id: 'rivals' }),
      stack.start({ detect_task_id: 'rivals' }),
    ]);
    const endings = await Promise.all([first, ...rivals].map((executionArn) => stack.ended(executionArn)));

    const output = endings[0]?.output;
    expect(JSON.parse(output ?? '')).toMatchObject({ status: 'succeeded', face_count: 2 });
    expect(endings.map((ending) => ending.output)).toEqual([output, output, output]);
    expect(stack.simulator.requestsFor('rivals')).toHaveLength(4);
  });

  it('that somebody stops are found by the sweep, their records end as cancelled', async () => {
    stack.simulator.submit([pending], 'stopped');
    const executionArn = await stack.start({ detect_task_id: 'stopped' });
    while ((await stack.item('stopped'))?.status !== 'processing') await sleep(250);
    await stack.sfn.send(new StopExecutionCommand({ executionArn }));
    expect(await stack.ended(executionArn)).toMatchObject({ status: 'ABORTED' });
    await makeOverdue('stopped');

    // The schedule comes within a minute.
    const detection = await stack.client.wait('stopped', { signal: AbortSignal.timeout(100_000) });
    expect(detection).toMatchObject({ status: 'abandoned', attempt: 1, error: { code: 'CANCELLED' } });
    expect(await dueIds(0)).not.toContain('stopped');
  });

  it('that the client cancels end as stopped, their records as cancelled', async () => {
    stack.simulator.submit([pending], 'cancelled');
    const executionArn = await stack.start({ detect_task_id: 'cancelled' });
    await begun('cancelled');
    const detection = await stack.client.cancel('cancelled');

    expect(detection).toMatchObject({ status: 'abandoned', error: { code: 'CANCELLED' } });
    expect(await stack.ended(executionArn)).toMatchObject({ status: 'ABORTED' });
  });

  it('that end without a key succeed in a retry once the key is stored', async () => {
    const newKey = ['another', 'key'].join('-');
    stack.simulator.apiKey = newKey;
    stack.simulator.submit([succeeded], 'keyless');
    const ending = await stack.ended(await stack.start({ detect_task_id: 'keyless' }));
    expect(ending).toMatchObject({ status: 'FAILED', error: 'UNAUTHORIZED' });

    await stack.storeKey(newKey);
    await stack.client.retry('keyless');
    const detection = await stack.client.wait('keyless', { signal: AbortSignal.timeout(60_000) });
    expect(detection).toMatchObject({ status: 'succeeded', attempt: 2, execution_name: '2-keyless' });
    stack.simulator.apiKey = canaryKey;
    await stack.storeKey(canaryKey);
  });
});
