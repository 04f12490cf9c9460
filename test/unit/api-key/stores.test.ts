/** The stores of the key as the SDK sees them: real sockets and time-outs, answers in the words of AWS. */
import type { RequestListener } from 'node:http';
import net from 'node:net';
import { json } from 'node:stream/consumers';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { storedKey } from '../../../cli/doctor/stored-key.ts';
import { cachedKey, type KeyLocation } from '../../../functions/api-key/reader.ts';
import { sdkTransport } from '../../../functions/environment.ts';
import { testClock } from '../../support/records.ts';
import { httpServer, listening, unusedPort } from '../../support/servers.ts';

const secret = { secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key' };
const parameter = { parameterName: '/crun/key' };

afterEach(() => vi.unstubAllEnvs());

/** As the function reads it; only time-outs are shorter where a test waits for them. */
function keyAt(
  baseUrl: string,
  location: KeyLocation = secret,
  requestTimeout = sdkTransport.requestTimeout,
) {
  vi.stubEnv('AWS_ENDPOINT_URL', baseUrl);
  const clock = testClock();
  const config = { region: 'us-east-1', requestHandler: { ...sdkTransport, requestTimeout } };
  return { clock, key: cachedKey(storedKey(location, config), () => clock.now()) };
}

type Answer = { status: number; body: object };
const holds = (SecretString: string): Answer => ({ status: 200, body: { SecretString } });
const fault = (status: number, __type: string): Answer => ({ status, body: { __type, message: 'no' } });
/** What the stores were asked for. */
const asked: unknown[] = [];
/** One answer after the other, the last for ever. */
const says =
  (...answers: Answer[]): RequestListener =>
  async (request, response) => {
    asked.push(await json(request));
    const { status, body } = (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  };

describe('the secret store', () => {
  it('that throttles or fails once is read again', async () => {
    const busy = fault(400, 'ThrottlingException');
    await using server = await httpServer(says(busy, fault(500, 'InternalServiceError'), holds('one')));
    expect(await keyAt(server.baseUrl).key.read()).toBe('one');
    expect(asked.at(-1)).toEqual({ SecretId: secret.secretArn });
  });

  it('that keeps throttling leaves the last key for an hour, then throws', async () => {
    await using server = await httpServer(says(holds('one'), fault(400, 'ThrottlingException')));
    const { clock, key } = keyAt(server.baseUrl);
    expect(await key.read()).toBe('one');
    clock.pass(59 * 60_000);
    expect(await key.read()).toBe('one');
    clock.pass(60_000);
    await expect(key.read()).rejects.toThrow(expect.objectContaining({ name: 'ThrottlingException' }));
  });

  it('that is unreachable throws, and is read again the next time', async () => {
    const { key } = keyAt(`http://127.0.0.1:${await unusedPort()}`);
    await expect(key.read()).rejects.toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }));
    await expect(key.read()).rejects.toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }));
  });

  it('that never answers fails after three tries', async () => {
    await using server = await listening(net.createServer());
    const value = await Promise.allSettled([keyAt(server.baseUrl, secret, 100).key.read()]);
    expect(value).toMatchObject([{ status: 'rejected', reason: { name: 'TimeoutError' } }]);
    expect(server.connections).toBe(3);
  });

  it.each([
    ['is not there', fault(400, 'ResourceNotFoundException')],
    ['is blank', holds(' \n')],
    ['cannot stand in a header', holds('{"key": "ünfit"}')],
    ['has no text', { status: 200, body: {} }],
  ])('whose secret %s has no key', async (_what, answer) => {
    await using server = await httpServer(says(answer));
    expect(await keyAt(server.baseUrl).key.read()).toBeUndefined();
  });

  it('whose secret ends in a newline returns the key without it', async () => {
    await using server = await httpServer(says(holds('one\r\n')));
    expect(await keyAt(server.baseUrl).key.read()).toBe('one');
  });

  it('that may not be read throws', async () => {
    await using server = await httpServer(says(fault(400, 'AccessDeniedException')));
    await expect(keyAt(server.baseUrl).key.read()).rejects.toThrow(
      expect.objectContaining({ name: 'AccessDeniedException' }),
    );
  });
});

describe('the parameter store', () => {
  it.each([
    ['gives the key', { status: 200, body: { Parameter: { Value: 'one' } } }, 'one'],
    ['has none', fault(400, 'ParameterNotFound'), undefined],
  ])('%s', async (_what, answer, expected) => {
    await using server = await httpServer(says(answer));
    expect(await keyAt(server.baseUrl, parameter).key.read()).toBe(expected);
    expect(asked.at(-1)).toEqual({ Name: '/crun/key', WithDecryption: true });
  });

  it('that may not be read throws', async () => {
    await using server = await httpServer(says(fault(400, 'AccessDeniedException')));
    await expect(keyAt(server.baseUrl, parameter).key.read()).rejects.toThrow(
      expect.objectContaining({ name: 'AccessDeniedException' }),
    );
  });
});
