import { beforeAll, describe, expect, it, vi } from 'vitest';

import type { DetectTaskId } from '../../functions/detection/input.ts';
import type { PollState } from '../../functions/poll/state.ts';
import { newHead } from '../../functions/records/head.ts';
import { createRecords } from '../../functions/records/records.ts';
import { taskId } from '../support/records.ts';
import { deploy, type Deployment } from './deployment.ts';

describe('the deployed workflow of Express', () => {
  let stack: Deployment;
  beforeAll(async () => {
    stack = await deploy('Express', { workflowType: 'EXPRESS' });
    return stack.end;
  });

  const final = async (id: string) => stack.client.wait(id, { signal: AbortSignal.timeout(120_000) });

  it('tells clients its type', () => {
    expect(stack.outputs['WorkflowType']).toBe('EXPRESS');
  });

  it('records the faces of a task that takes several invocations', async () => {
    stack.simulator.submit(
      [
        { step: 'after', ms: 6_000 },
        { step: 'succeeded', faces: 2 },
      ],
      'several',
    );
    await stack.client.start({ detect_task_id: 'several' });
    const detection = await final('several');
    const calls = stack.simulator.requestsFor('several').length;
    expect(detection).toMatchObject({ status: 'succeeded', face_count: 2, polls: calls, executions: 1 });
    expect(detection?.invocations).toBeGreaterThan(1);
    expect(detection?.workflow_ms).toBeGreaterThan(detection?.lambda_ms ?? Infinity);
  });

  it('runs an execution under any name', async () => {
    stack.simulator.submit([{ step: 'failed', error: 'no face' }], 'anybody');
    await stack.start({ detect_task_id: 'anybody' }, 'any-name');
    // Nothing is there before its first invocation.
    await vi.waitUntil(() => stack.client.get('anybody'), { timeout: 60_000, interval: 250 });
    expect(await final('anybody')).toMatchObject({ status: 'failed', execution_name: 'any-name' });
  });

  it('continues in another execution', async () => {
    const id = taskId('relayed');
    stack.simulator.submit(
      [
        { step: 'pending', status: 'processing' },
        { step: 'succeeded', faces: 1 },
      ],
      id,
    );
    // An execution that has been at it for almost four minutes.
    const nowMs = Date.now();
    const machineArn = stack.outputs['StateMachineArn'] ?? '';
    const { head, carried } = fourMinutesAgo(id, machineArn, nowMs);
    const records = createRecords({
      client: stack.dynamodb,
      tableName: stack.outputs['TableName'] ?? '',
      defaults: { deadlineSeconds: 3_600, retentionSeconds: 86_400, shards: 1 },
      now: Date.now,
    });
    await records.create(head, { mayReplaceTombstone: false });
    await stack.start(carried, `1-${id}`);

    const detection = await final(id);
    expect(detection).toMatchObject({
      status: 'succeeded',
      execution_name: `1_2-${id}`,
      polls: 12,
      executions: 2,
    });
    expect(detection?.workflow_ms).toBeGreaterThan(239_000);
  });
});

function fourMinutesAgo(detect_task_id: DetectTaskId, machineArn: string, nowMs: number) {
  const sinceMs = nowMs - 239_500;
  const execution_name = `1-${detect_task_id}`;
  // Expected under this name: the ARN of an Express execution goes on behind it.
  const execution_arn = `${machineArn.replace(':stateMachine:', ':express:')}:${execution_name}`;
  const owner = { attempt: 1, execution_name, execution_arn };
  const defaults = { deadlineSeconds: 3_600, retentionSeconds: 86_400, shards: 1 };
  const head = newHead({ detect_task_id }, owner, defaults, sinceMs);
  const carried: PollState = {
    v: 2,
    next: 'wait',
    detect_task_id,
    attempt: 1,
    wait_seconds: 5,
    polling_since: head.created_at,
    has_seen_processing: true,
    troubles: 0,
    holds: 0,
    violations: 0,
    code_at_deadline: 'DEADLINE_EXCEEDED',
    polls: 10,
    invocations: 8,
    transitions: 24,
    lambda_ms: 3_000,
    executions: 1,
    workflow_ms: 0,
    execution_since: head.created_at,
  };
  return { head, carried };
}
