import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { openDeployedStack } from '../../client/deployed-stack.ts';
import { runProgram } from './commands.ts';
import { deploy, type Deployment } from './deployment.ts';

describe('a stack whose workflow type changes while tasks are open', () => {
  let stack: Deployment;
  /** The stack as it is now. */
  let opened: Awaited<ReturnType<typeof openDeployedStack>>;
  beforeAll(async () => {
    stack = await deploy('Switch');
    opened = await openDeployedStack('Switch', {});
  });
  afterAll(async () => {
    await opened.close();
    await stack.destroy();
    await stack.close();
  });

  /** Its lease has expired, which takes five minutes, and the schedule of the sweep has come. */
  async function expire(id: string): Promise<void> {
    const past = { S: new Date(Date.now() - 1_000).toISOString() };
    await stack.dynamodb.send(
      new UpdateItemCommand({
        TableName: stack.outputs['TableName'],
        Key: { detect_task_id: { S: id } },
        UpdateExpression: 'SET due_at = :past',
        ExpressionAttributeValues: { ':past': past },
      }),
    );
    const options = { endpoint: inject('endpoint'), home: inject('temporary') };
    const listed = await runProgram('aws', ['lambda', 'list-functions', '--output', 'json'], options);
    const { Functions } = JSON.parse(listed) as { Functions: { FunctionName: string }[] };
    const sweep = Functions.find(({ FunctionName }) => FunctionName.startsWith('Switch-PollerSweep'));
    const name = ['--function-name', `${sweep?.FunctionName}:live`];
    await runProgram('aws', ['lambda', 'invoke', ...name, `${options.home}/swept.json`], options);
  }

  it.each([
    ['STANDARD', 'EXPRESS'],
    ['EXPRESS', 'STANDARD'],
  ])('takes up the tasks of %s by %s, and cancels them', async (before, after) => {
    const [restarted, cancelled] = [`restarted-${before}`, `cancelled-${before}`];
    for (const id of [restarted, cancelled]) {
      stack.simulator.submit([{ step: 'pending', status: 'processing' }], id);
      await opened.client.start({ detect_task_id: id });
    }
    await vi.waitUntil(() => stack.simulator.requestsFor(restarted).length > 0, { timeout: 60_000 });
    const bound = await stack.item(restarted);
    const earlier = await stack.outputsOf();
    expect(earlier['WorkflowType']).toBe(before);

    await stack.update({ workflowType: after });
    const outputs = await stack.outputsOf();
    expect(outputs['WorkflowType']).toBe(after);
    expect(outputs['StateMachineArn']).not.toBe(earlier['StateMachineArn']);
    // At AWS the executions of a deleted state machine end at their next transition.
    await stack.sfn.send(new StopExecutionCommand({ executionArn: bound?.execution_arn }));
    await expire(restarted);
    const isTakenOver = async () => (await stack.item(restarted))?.execution_arn !== bound?.execution_arn;
    await vi.waitUntil(isTakenOver, { timeout: 60_000, interval: 250 });
    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], restarted);
    await opened.close();
    opened = await openDeployedStack('Switch', {});
    const found = await opened.client.wait(restarted, { signal: AbortSignal.timeout(120_000) });
    expect(found).toMatchObject({ status: 'succeeded', face_count: 1 });
    expect(await opened.client.cancel(cancelled)).toMatchObject({ error: { code: 'CANCELLED' } });
  });
});
