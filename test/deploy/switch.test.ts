import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { openDeployedStack } from '../../client/deployed-stack.ts';
import { deploy, type Deployment } from './deployment.ts';
import { expireAndSweep } from './expire.ts';

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
    await stack.end();
  });

  const expire = (id: string): Promise<void> =>
    expireAndSweep('Switch', id, { client: stack.dynamodb, tableName: stack.outputs['TableName'] });

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
    const isTakenOver = async () => (await stack.item(restarted))?.execution_arn !== bound?.execution_arn;
    // As often as the schedule: an invocation on its way may renew its lease once more.
    const takenBySweep = async () => {
      if (await isTakenOver()) return true;
      await expire(restarted);
      return isTakenOver();
    };
    await vi.waitUntil(takenBySweep, { timeout: 120_000, interval: 2_000 });
    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], restarted);
    await opened.close();
    opened = await openDeployedStack('Switch', {});
    const found = await opened.client.wait(restarted, { signal: AbortSignal.timeout(120_000) });
    expect(found).toMatchObject({ status: 'succeeded', face_count: 1 });
    expect(await opened.client.cancel(cancelled)).toMatchObject({ error: { code: 'CANCELLED' } });
  });
});
