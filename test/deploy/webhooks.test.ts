import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import type { Head } from '../../functions/records/item.ts';
import type { Script } from '../../local/simulator/script.ts';
import { root } from '../support/folders.ts';
import { runProgram } from './commands.ts';
import { deploy, type Deployment } from './deployment.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const minute = 60_000;
/** Each of ten tasks is one of these; of more than a hundred faces only the count is told. */
const stories: Script[] = [
  [{ step: 'code', code: 401 }],
  [{ step: 'failed', error: 'no face in it' }],
  [{ step: 'succeeded', faces: 120 }],
  [{ step: 'succeeded', faces: 2 }],
];
const ids = Array.from({ length: 100 }, (_, index) => `told-${index}`);
interface Heard {
  detail: { id: string; detect_task_id: string };
}

/** Each execution is a few processes on this machine. */
const atOnce = 5;

/** An attempt under way is counted, and not yet in the history. */
const isOver = ({ delivery }: Partial<Head>, attempts: number): boolean =>
  delivery !== undefined && (delivery.state !== 'pending' || delivery.history.length >= attempts);

const validator = async (file: string) => {
  const schema = JSON.parse(await readFile(path.join(root, 'docs', file), 'utf8')) as object;
  return addFormats.default(new Ajv2020({ allowUnionTypes: true })).compile(schema);
};

describe('a hundred webhooks of the deployed stack', () => {
  let stack: Deployment;
  let receiver: Receiver;
  beforeAll(async () => {
    stack = await deploy('Webhooks', {}, 'test/deploy/webhooks-app.ts');
    const secrets = new SecretsManagerClient();
    const SecretId = stack.outputs['WebhookSecretArn'];
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    secrets.destroy();
    receiver = await startReceiver(`whsec_${SecretString}`);
  });
  afterAll(async () => {
    await receiver.close();
    await stack.end();
  });

  const records = (): Promise<Partial<Head>[]> =>
    Promise.all(ids.map(async (id) => (await stack.item(id)) ?? {}));
  async function until(what: (all: Partial<Head>[]) => boolean): Promise<Partial<Head>[]> {
    for (;;) {
      const all = await records();
      if (what(all)) return all;
      await sleep(1_000);
    }
  }

  it('come twice to a receiver that fails, resets and hangs, then when the schedule says', async () => {
    const waiting = [...ids];
    const startOneByOne = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        stack.simulator.submit(stories[ids.indexOf(id) % 10] ?? stories[3] ?? [], id);
        await stack.ended(await stack.start({ detect_task_id: id, callback_url: receiver.url }));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, startOneByOne));
    const all = await until((seen) => seen.every((record) => isOver(record, 2)));

    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['succeeded', 'failed', 'abandoned']));
    for (const { delivery } of all) {
      const seen = receiver.received.get(delivery?.id ?? '');
      expect(seen?.times).toBe(delivery?.attempts);
      expect(delivery?.state).toBe(seen?.taken === 1 ? 'delivered' : 'pending');
    }
    const pending = all.flatMap(({ delivery }) => (delivery?.state === 'pending' ? [delivery] : []));
    expect(pending.length).toBeGreaterThan(20);
    for (const { attempts, next_at, history } of pending) {
      expect(attempts).toBe(2);
      const [first = 0, second = 0] = history.map(({ at }) => Date.parse(at));
      // The time of an attempt is when it began, and it may have lasted 15 s.
      expect(second - first).toBeGreaterThanOrEqual(5_000);
      const gapMs = Date.parse(next_at ?? '') - second;
      expect(gapMs).toBeGreaterThanOrEqual(4 * minute);
      expect(gapMs).toBeLessThanOrEqual(6 * minute + 20_000);
    }
  });

  it('come once more when they are due, to a receiver that is well again', async () => {
    receiver.recover();
    const all = await records();
    const due = all.filter(({ delivery }) => delivery?.state === 'pending').slice(0, 10);
    expect(due).toHaveLength(10);
    // What a few minutes would do.
    const past = { S: new Date(Date.now() - 1_000).toISOString() };
    for (const { detect_task_id = '' } of due)
      await stack.dynamodb.send(
        new UpdateItemCommand({
          TableName: stack.outputs['TableName'],
          Key: { detect_task_id: { S: detect_task_id } },
          UpdateExpression: 'SET due_at = :past, delivery.next_at = :past',
          ExpressionAttributeValues: { ':past': past },
        }),
      );

    // The schedule of the sweep comes within a minute.
    const dueIds = new Set(due.map(({ detect_task_id }) => detect_task_id));
    const after = await until((seen) =>
      seen.every((record) => !dueIds.has(record.detect_task_id) || isOver(record, 3)),
    );
    for (const { delivery, due_at } of after.filter(({ detect_task_id }) => dueIds.has(detect_task_id))) {
      expect(delivery).toMatchObject({ state: 'delivered', attempts: 3, last_status: 204 });
      expect(due_at).toBeUndefined();
      expect(receiver.received.get(delivery?.id ?? '')).toMatchObject({ times: 3, taken: 1 });
    }
  });

  it('are verified by any library, under one id a record, in the same bytes', async () => {
    expect(receiver.refused).toEqual([]);
    const said = (await records()).map(({ delivery }) => delivery?.id);
    expect(new Set(receiver.received.keys())).toEqual(new Set(said));
    expect(receiver.received.size).toBe(ids.length);
    const isValid = await validator('webhook.schema.json');
    for (const { bodies } of receiver.received.values()) {
      expect(bodies.size).toBe(1);
      const [body = ''] = bodies;
      isValid(JSON.parse(body));
      expect(isValid.errors).toBeNull();
    }
  });

  it('are each told of on the event bus as well, under the same id', async () => {
    const options = { endpoint: inject('endpoint'), home: inject('temporary') };
    const receive = async (): Promise<Heard[]> => {
      const queue = ['--queue-url', stack.outputs['HeardUrl'] ?? '', '--visibility-timeout', '600'];
      // For queues alone the CLI does not take the endpoint from its environment.
      const endpoint = ['--endpoint-url', options.endpoint];
      const command = ['sqs', 'receive-message', ...endpoint, ...queue, '--max-number-of-messages', '10'];
      const said = await runProgram('aws', [...command, '--output', 'json'], options);
      const { Messages = [] } = JSON.parse(said || '{}') as { Messages?: { Body: string }[] };
      return Messages.map(({ Body }) => JSON.parse(Body) as Heard);
    };
    const heard: Heard[] = [];
    // The bus is the account's: other stacks are heard as well.
    for (let some = await receive(); some.length > 0; some = await receive())
      heard.push(...some.filter(({ detail }) => ids.includes(detail.detect_task_id)));

    const isValid = await validator('event.schema.json');
    for (const { detail } of heard) {
      isValid(detail);
      expect(isValid.errors).toBeNull();
    }
    expect(new Set(heard.map(({ detail }) => detail.id))).toEqual(new Set(receiver.received.keys()));
  });
});
