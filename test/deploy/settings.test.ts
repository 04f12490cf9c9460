/**
 * Configuration that data outlives: what records, leases and webhooks are written with is changed there and back while
 * tasks are open and a webhook is pending. Nothing is orphaned.
 */
import { randomBytes } from 'node:crypto';

import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { openDeployedStack } from '../../client/deployed-stack.ts';
import { contextKeys } from '../../infra/config.ts';
import { startSimulator } from '../../local/simulator/simulator.ts';
import { aws } from './aws-cli.ts';
import { canaryKey, deploy, type Deployment, type Settings } from './deployment.ts';
import { sweepNow } from './expire.ts';

/** Changed elsewhere, or what makes another stack. */
const elsewhere: Record<string, string> = {
  stackName: 'is another stack; what the one before retains is adopted by tableName and the secrets',
  baseUrl: 'is tried below, where it is documented to orphan: open tasks are asked for at the new one',
  workflowType: 'switch.test.ts',
  tableName: 'update.test.ts',
  removalPolicy: 'update.test.ts',
  deletionProtection: 'changes the table in place, and contradicts what these tests destroy',
  api: 'stands beside records and executions',
  apiToken: 'stands beside records and executions',
  archive: 'archive.test.ts; pictures that are kept stay until their day in the bucket',
  experimentalVideo: 'stands beside records and executions',
  tracing: 'stands beside records and executions',
  reservedConcurrency: 'stands beside records and executions',
  debugLogs: 'stands beside records and executions',
  monitoring: 'stands beside records and executions',
  logRetentionDays: 'stands beside records and executions',
  alarmsTopicArn: 'stands beside records and executions',
  // Each replaces nothing, and needs a key that the emulator does not ask for.
  tableKeyArn: 'changes the encryption of the table in place',
  logKeyArn: 'changes the encryption of the logs in place',
  apiKeyEncryptionKeyArn: 'is a permission',
  webhookSecretEncryptionKeyArn: 'is a permission',
  apiKeySecretArn: 'update.test.ts',
};

/** At once, since a deployment takes a while: nothing among them depends on another. */
const changes: Record<string, Settings> = {
  'what tasks and records are given': {
    deadlineSeconds: 7_200,
    retentionDays: 60,
    callbackHosts: 'elsewhere.example',
    callbackPorts: 8_443,
    rateLimit: 50,
    firstInvocationBudgetSeconds: 1,
    laterInvocationBudgetSeconds: 1,
    shards: 4,
    webhookSecretArn: 'made below',
  },
  'where the key is, where events go and how the table is kept': {
    pointInTimeRecovery: 'false',
    apiKeySecretName: undefined,
    apiKeyParameterName: '/settings/key',
    eventBusName: 'settings-bus',
  },
};

it('each context key is changed here, or said why not', () => {
  const changed = Object.values(changes).flatMap((change) => Object.keys(change));
  const all = new Set([...changed, ...Object.keys(elsewhere)]);
  expect([...all].toSorted()).toEqual(contextKeys.toSorted());
});

async function makeSigningSecret(name: string): Promise<string> {
  const value = { name, 'secret-string': randomBytes(32).toString('base64') };
  return (await aws<{ ARN: string }>('secretsmanager create-secret', value)).ARN;
}

async function open() {
  const opened = await openDeployedStack('Settings', {});
  return { client: opened.client, [Symbol.asyncDispose]: () => opened.close() };
}

/** By whatever the stack is now. */
async function found(): Promise<{ listed: Set<string>; undone: Set<string> }> {
  await using opened = await open();
  const { detections } = await opened.client.list({ limit: 100 });
  const undone = new Set<string>();
  for await (const id of opened.client.undone()) undone.add(id);
  return { listed: new Set(detections.map(({ detect_task_id }) => detect_task_id)), undone };
}

const add = (name: string, more: Settings): void => void Object.assign(changes[name] ?? {}, more);

describe('a setting that changes with work under way', () => {
  let stack: Deployment;
  let base: Settings;
  const begun: string[] = [];
  beforeAll(async () => {
    await aws('events create-event-bus --name settings-bus');
    await aws('ssm put-parameter --name /settings/key --type SecureString', { value: canaryKey });
    await aws('secretsmanager create-secret --name settings-key', { 'secret-string': canaryKey });
    add('what tasks and records are given', { webhookSecretArn: await makeSigningSecret('settings-after') });
    // Secrets that a stack makes go with it, or stay behind it; these stay as they are.
    base = { apiKeySecretName: 'settings-key', webhookSecretArn: await makeSigningSecret('settings-before') };
    stack = await deploy('Settings', base);
    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], 'undelivered');
    await stack.client.start({
      detect_task_id: 'undelivered',
      callback_url: 'https://receiver.invalid/',
    });
    const isPending = async () => ((await stack.item('undelivered'))?.delivery?.attempts ?? 0) > 0;
    await vi.waitUntil(isPending, { timeout: 60_000, interval: 250 });
    await begin();
    return stack.end;
  });

  async function begin(): Promise<void> {
    const id = `open-${begun.length}`;
    stack.simulator.submit([{ step: 'pending', status: 'processing' }], id);
    begun.push(id);
    await using opened = await open();
    await opened.client.start({ detect_task_id: id });
  }

  /** Now, and not at the time of its schedule. */
  async function attemptDelivery(): Promise<void> {
    const attempts = async () => (await stack.item('undelivered'))?.delivery?.attempts ?? 0;
    const before = await attempts();
    await stack.dynamodb.send(
      new UpdateItemCommand({
        TableName: stack.outputs['TableName'],
        Key: { detect_task_id: { S: 'undelivered' } },
        UpdateExpression: 'SET due_at = :past, delivery.next_at = :past',
        ExpressionAttributeValues: { ':past': { S: new Date(Date.now() - 1_000).toISOString() } },
      }),
    );
    await sweepNow('Settings');
    await vi.waitUntil(async () => (await attempts()) > before, { timeout: 60_000, interval: 250 });
  }

  it.each(Object.keys(changes))('orphans nothing, there and back: %s', async (name) => {
    for (const settings of [changes[name] ?? {}, base]) {
      await stack.update(settings);
      // The sweep, each minute, notes how far shards were ever spread.
      await sweepNow('Settings');
      await begin();
      const all = new Set(['undelivered', ...begun]);
      expect(await found()).toEqual({ listed: all, undone: all });
      // Elsewhere the callback is at a host that is allowed no more.
      if (settings['callbackHosts'] === undefined) await attemptDelivery();
    }
  });

  it('ends every task that was begun on the way', async () => {
    for (const id of begun) stack.simulator.submit([{ step: 'succeeded', faces: 2 }], id);
    await using opened = await open();
    for (const id of begun) {
      const signal = AbortSignal.timeout(120_000);
      expect(await opened.client.wait(id, { signal })).toMatchObject({ status: 'succeeded', face_count: 2 });
    }
  });

  it('asks for an open task at another base URL, as its setting says', async () => {
    await using other = await startSimulator({ apiKey: canaryKey });
    stack.simulator.submit([{ step: 'pending', status: 'processing' }], 'moved');
    other.submit([{ step: 'succeeded', faces: 3 }], 'moved');
    await using opened = await open();
    await opened.client.start({ detect_task_id: 'moved' });
    await stack.update({ baseUrl: other.baseUrl });
    const moved = await opened.client.wait('moved', { signal: AbortSignal.timeout(120_000) });
    expect(moved).toMatchObject({ status: 'succeeded', face_count: 3 });
  });
});
