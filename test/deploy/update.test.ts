import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { deploy, type Deployment } from './deployment.ts';
import { kindsPresentOf } from './leftovers.ts';

describe('a deployed stack', () => {
  let stack: Deployment;
  beforeAll(async () => {
    stack = await deploy('Update');
  });
  afterAll(() => stack.close());

  it('brings running executions through an update, and new ones get its settings', async () => {
    const ids = ['under-way', 'waiting'];
    for (const id of ids) stack.simulator.submit([{ step: 'pending', status: 'processing' }], id);
    const executions = await Promise.all(ids.map((id) => stack.start({ detect_task_id: id })));
    const before = await stack.client.start({ detect_task_id: 'under-way' });

    await stack.update({ deadlineSeconds: 900 });
    expect(await stack.outputsOf()).toEqual({ ...stack.outputs, DeadlineSeconds: '900' });
    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], 'new');
    await stack.ended(await stack.start({ detect_task_id: 'new' }));
    const running = await Promise.all(executions.map((executionArn) => stack.describe(executionArn)));
    expect(running.map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING']);

    for (const id of ids) stack.simulator.submit([{ step: 'succeeded', faces: 2 }], id);
    const endings = await Promise.all(executions.map((executionArn) => stack.ended(executionArn)));
    expect(endings.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(await stack.item('under-way')).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      deadline_at: before.deadline_at,
      deadline_seconds: 3_600,
    });
    expect(await stack.item('new')).toMatchObject({ status: 'succeeded', deadline_seconds: 900 });
  });

  it('leaves its data behind and nothing else by default', async () => {
    await stack.update({ removalPolicy: 'retain' });
    expect(await kindsPresentOf('Update')).toEqual(
      expect.arrayContaining(['stacks', 'stateMachines', 'functions', 'roles', 'rules', 'tables']),
    );
    await stack.destroy();

    expect(await kindsPresentOf('Update')).toEqual(['tables', 'secrets', 'logs']);
    expect(await stack.item('under-way')).toMatchObject({ status: 'succeeded', face_count: 2 });
  });

  it('adopts the table and the secrets that it has left behind', async () => {
    const { TableName: tableName = '', ApiKeySecretArn = '', WebhookSecretArn = '' } = stack.outputs;
    const secrets = { apiKeySecretArn: ApiKeySecretArn, webhookSecretArn: WebhookSecretArn };
    const again = await deploy('Update', { tableName, ...secrets });
    expect(again.outputs).toMatchObject({ TableName: tableName, ApiKeySecretArn, WebhookSecretArn });
    expect(await again.client.get('under-way')).toMatchObject({ status: 'succeeded', face_count: 2 });
    again.simulator.submit([{ step: 'succeeded', faces: 3 }], 'after');
    await again.ended(await again.start({ detect_task_id: 'after' }));
    const { detections } = await again.client.list({ limit: 10 });
    expect(new Set(detections.map(({ detect_task_id }) => detect_task_id))).toEqual(
      new Set(['after', 'new', 'under-way', 'waiting']),
    );
    await again.destroy();
    // `removalPolicy=destroy` deletes what the stack has created.
    expect(await again.item('under-way')).toMatchObject({ status: 'succeeded', face_count: 2 });
    await again.close();
  });
});
