/**
 * Configuration that data outlives: what records, leases and webhooks are written with is changed there and back while
 * tasks are open and a webhook is pending. Nothing is orphaned.
 */
import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { openDeployedStack } from '../../client/deployed-stack.ts';
import { contextKeys } from '../../infra/config.ts';
import { runProgram } from './commands.ts';
import { canaryKey, deploy, type Deployment, type Settings } from './deployment.ts';
import { sweepNow } from './expire.ts';

/** Changed elsewhere, or what makes another stack. */
const elsewhere: Record<string, string> = {
  stackName: 'is another stack; what the one before retains is adopted by tableName and the secrets',
  baseUrl: 'is another provider, which does not know the tasks of the one before',
  workflowType: 'switch.test.ts',
  tableName: 'update.test.ts',
  removalPolicy: 'update.test.ts',
  // At AWS without an interruption; the emulator makes a new table where one of these changes.
  pointInTimeRecovery: 'changes the table in place',
  deletionProtection: 'changes the table in place',
  api: 'stands beside records and executions',
  archive: 'archive.test.ts; pictures that are kept stay until their day in the bucket',
  experimentalVideo: 'stands beside records and executions',
  tracing: 'stands beside records and executions',
  reservedConcurrency: 'stands beside records and executions',
  debugLogs: 'stands beside records and executions',
  monitoring: 'stands beside records and executions',
  logRetentionDays: 'stands beside records and executions',
  alarmsTopicArn: 'stands beside records and executions',
  eventBusName: 'is where events go from then on',
  apiKeyParameterName: 'is where the key must be stored before',
  // Each replaces nothing, and needs a key that the emulator does not ask for.
  tableKeyArn: 'changes the encryption of the table in place',
  logKeyArn: 'changes the encryption of the logs in place',
  apiKeyEncryptionKeyArn: 'is a permission',
  webhookSecretEncryptionKeyArn: 'is a permission',
  apiKeySecretName: 'is where the key is before and after apiKeyParameterName',
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
};

it('each context key is changed here, or said why not', () => {
  const changed = Object.values(changes).flatMap((change) => Object.keys(change));
  const all = new Set([...changed, ...Object.keys(elsewhere)]);
  expect([...all].toSorted()).toEqual(contextKeys.toSorted());
});

const options = () => ({ endpoint: inject('endpoint'), home: inject('temporary') });

async function made(command: string, more: readonly string[] = []): Promise<string> {
  const printed = await runProgram('aws', [...command.split(' '), ...more, '--output', 'text'], options());
  return printed.trim();
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
    const text = ['--secret-string', canaryKey];
    await made('secretsmanager create-secret --name settings-key', text);
    const signing = (name: string) => {
      const value = ['--query', 'ARN', '--secret-string', randomBytes(32).toString('base64')];
      return made(`secretsmanager create-secret --name ${name}`, value);
    };
    add('what tasks and records are given', { webhookSecretArn: await signing('settings-after') });
    // Secrets that a stack makes go with it, or stay behind it; these stay as they are.
    base = { apiKeySecretName: 'settings-key', webhookSecretArn: await signing('settings-before') };
    stack = await deploy('Settings', base);
    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], 'undelivered');
    await stack.client.start({
      detect_task_id: 'undelivered',
      callback_url: 'https://receiver.invalid/',
    });
    const isPending = async () => ((await stack.item('undelivered'))?.delivery?.attempts ?? 0) > 0;
    await vi.waitUntil(isPending, { timeout: 60_000, interval: 250 });
    await begin();
  });
  afterAll(async () => {
    await stack.destroy();
    await stack.close();
  });

  async function begin(): Promise<void> {
    const id = `open-${begun.length}`;
    stack.simulator.submit([{ step: 'pending', status: 'processing' }], id);
    begun.push(id);
    await using opened = await open();
    await opened.client.start({ detect_task_id: id });
  }
  it.each(Object.keys(changes))('orphans nothing, there and back: %s', async (name) => {
    for (const settings of [changes[name] ?? {}, base]) {
      await stack.update(settings);
      // The sweep, each minute, notes how far shards were ever spread.
      await sweepNow('Settings');
      await begin();
      const all = new Set(['undelivered', ...begun]);
      expect(await found()).toEqual({ listed: all, undone: all });
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
});
