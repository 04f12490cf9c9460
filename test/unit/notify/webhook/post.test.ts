/** One attempt, from the stored secrets to the signed request. */
import type { RequestListener } from 'node:http';

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';

import { createPost } from '../../../../functions/notify/webhook/post.ts';
import type { Sent } from '../../../../functions/notify/webhook/request.ts';
import { storedSecrets } from '../../../../functions/notify/webhook/secrets.ts';
import type { WebhookRequest } from '../../../../functions/notify/webhook/send.ts';
import { InvalidSecretsError } from '../../../../functions/notify/webhook/sign.ts';
import { testClock } from '../../../support/records.ts';
import { httpServer } from '../../../support/servers.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const [one, other] = [base64('a key that only the tests know'), base64('another that only the tests know')];
const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:webhooks';

/** Stores one text after the other; the last stays. */
async function storeOf(...texts: (string | undefined)[]) {
  const reads: string[] = [];
  const listener: RequestListener = (request, response) => {
    let asked = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (asked += chunk));
    request.on('end', () => {
      reads.push(asked);
      const SecretString = texts.length > 1 ? texts.shift() : texts[0];
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ SecretString }));
    });
  };
  const server = await httpServer(listener);
  const clock = testClock();
  const client = new SecretsManagerClient({
    endpoint: server.baseUrl,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    reads,
    clock,
    secrets: storedSecrets({ client, secretArn, now: () => clock.now() }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe('the secrets of webhooks', () => {
  it('are read again where the clock was set back: their age is not known', async () => {
    await using store = await storeOf(`whsec_${one}`, `whsec_${other}`);
    await store.secrets();
    store.clock.pass(-1);
    expect(await store.secrets()).toEqual([`whsec_${other}`]);
  });

  it('are read by their name, once a minute', async () => {
    await using store = await storeOf(`whsec_${one}`, `whsec_${other}`);
    expect(await store.secrets()).toEqual([`whsec_${one}`]);
    store.clock.pass(59_999);
    expect(await store.secrets()).toEqual([`whsec_${one}`]);
    expect(store.reads).toEqual([JSON.stringify({ SecretId: secretArn })]);
    store.clock.pass(1);
    expect(await store.secrets()).toEqual([`whsec_${other}`]);
    expect(store.reads).toHaveLength(2);
  });

  it.each([
    ['as a stack generates one, without the prefix', one, [one]],
    ['two in a rotation, one with the prefix and one without', `whsec_${one}\n${other}\n`, [one, other]],
    ['two without it', `${one} ${other}`, [one, other]],
  ])('are accepted %s', async (_form, text, expected) => {
    await using store = await storeOf(text);
    expect(await store.secrets()).toEqual(expected.map((secret) => `whsec_${secret}`));
  });

  it.each([
    ['nothing is stored', undefined],
    ['something else is stored', 'short'],
  ])('are rejected where %s, and read again', async (_what, text) => {
    await using store = await storeOf(text, one);
    await expect(store.secrets()).rejects.toThrow(InvalidSecretsError);
    expect(await store.secrets()).toEqual([`whsec_${one}`]);
  });
});

const push = { url: 'https://hooks.example.com/', id: 'task_1_failed', body: '{"a":1}', timeoutMs: 900 };

function posting(sent: Sent) {
  const requests: WebhookRequest[] = [];
  const send = async (request: WebhookRequest): Promise<Sent> => {
    requests.push(request);
    return sent;
  };
  return { requests, post: createPost({ send, secrets: async () => [`whsec_${one}`], now: Date.now }) };
}

describe('an attempt', () => {
  it('is signed over the exact bytes, under the id of the push, at the current second', async () => {
    const { requests, post } = posting({ status: 204 });
    expect(await post(push)).toEqual({ status: 204 });
    const [{ headers, ...rest } = { headers: {} }] = requests;
    expect(rest).toEqual({ url: push.url, body: push.body, timeoutMs: 900 });
    expect(headers).toMatchObject({
      'webhook-id': push.id,
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/) as unknown,
    });
    expect(new Webhook(`whsec_${one}`).verify(push.body, headers as Record<string, string>)).toEqual({
      a: 1,
    });
  });

  it.each<Sent>([{ status: 429, retryAfterMs: 7_000 }, { fault: 'timeout' }])('returns %j', async (sent) => {
    expect(await posting(sent).post(push)).toEqual(sent);
  });
});
