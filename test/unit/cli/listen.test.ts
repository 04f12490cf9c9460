import { once } from 'node:events';
import net from 'node:net';
import { PassThrough, Readable } from 'node:stream';

import { describe, expect, it, vi } from 'vitest';

import { exitCode } from '../../../cli/exit-code.ts';
import { runCli } from '../../../cli/program.ts';
import { UserError } from '../../../client/user-error.ts';
import { signatureHeaders } from '../../../functions/notify/webhook/sign.ts';
import { closed, run } from '../../support/cli-in-process.ts';
import { failedDelivery, secretOf, succeededDelivery } from '../../support/deliveries.ts';
import { listening } from '../../support/servers.ts';

const webhookSecret = secretOf('listen');

/** `face-poller listen` in this process, until it is disposed of. */
async function listener(args: readonly string[] = [], verifyWith: readonly string[] = [webhookSecret]) {
  const controller = new AbortController();
  const stdout = new PassThrough({ encoding: 'utf8' });
  const stderr = new PassThrough({ encoding: 'utf8' });
  const told = { stdout: '', stderr: '' };
  stdout.on('data', (text: string) => (told.stdout += text));
  stderr.on('data', (text: string) => (told.stderr += text));
  const ended = runCli(['listen', ...args], {
    ...closed,
    stdin: Readable.from([]),
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    signal: controller.signal,
    webhookSecrets: async () => verifyWith,
  });
  await Promise.race([ended, once(stderr, 'data')]);
  const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(told.stderr)?.[0] ?? '';
  return {
    told,
    url,
    ended,
    async push(body: string, id = 'dit60yt8reqplt1c16_1_failed', secrets = [webhookSecret]): Promise<number> {
      const timestampSeconds = Math.floor(Date.now() / 1_000);
      const headers = { ...signatureHeaders(secrets, { id, timestampSeconds, body }) };
      return (await fetch(url, { method: 'POST', headers, body })).status;
    },
    async [Symbol.asyncDispose]() {
      controller.abort();
      await ended;
    },
  };
}

describe('listen', () => {
  it('prints a line for each push that it verified, and ends by a signal', async () => {
    const receiver = await listener();
    expect(await receiver.push(failedDelivery)).toBe(204);
    expect(await receiver.push(succeededDelivery, 'dit60yt8reqplt1c16_1_succeeded')).toBe(204);
    expect(receiver.told.stdout).toBe(
      '2026-11-22T12:00:04.000Z\tface_detection.failed\tdit60yt8reqplt1c16\tDETECTION_FAILED\tdit60yt8reqplt1c16_1_failed\n' +
        '2026-11-22T12:00:04.000Z\tface_detection.succeeded\tdit60yt8reqplt1c16\t2 faces\tdit60yt8reqplt1c16_1_succeeded\n',
    );
    expect(receiver.told.stderr).not.toContain('whsec_');
    await receiver[Symbol.asyncDispose]();
    expect(await receiver.ended).toBe(130);
    await expect(receiver.push(failedDelivery)).rejects.toThrow('fetch failed');
  });

  it('prints the body as it came where JSON is asked for', async () => {
    await using receiver = await listener(['--json']);
    await receiver.push(failedDelivery);
    expect(receiver.told.stdout).toBe(`${failedDelivery}\n`);
  });

  it('says so where a push is delivered again', async () => {
    await using receiver = await listener();
    await receiver.push(failedDelivery);
    expect(await receiver.push(failedDelivery)).toBe(204);
    expect(receiver.told.stderr).toMatch(/^dit60yt8reqplt1c16_1_failed: delivered again$/m);
  });

  it('rejects a push signed with another secret, and prints none of its content', async () => {
    await using receiver = await listener();
    expect(await receiver.push(failedDelivery, 'a_1_failed', [secretOf('another')])).toBe(401);
    expect(receiver.told.stdout).toBe('');
    expect(receiver.told.stderr).toMatch(/^rejected: no signature is by a secret of ours/m);
  });

  it('takes either secret during a rotation', async () => {
    await using receiver = await listener([], [secretOf('next'), webhookSecret]);
    expect(await receiver.push(failedDelivery)).toBe(204);
    expect(await receiver.push(failedDelivery, 'a_1_failed', [secretOf('next')])).toBe(204);
  });

  it('prints the secret on demand, and only then', async () => {
    const secrets = async () => [webhookSecret];
    const printed = await run(['listen', '--print-secret'], { webhookSecrets: secrets });
    expect(printed).toEqual({ code: 0, stdout: `${webhookSecret}\n`, stderr: '' });
  });

  it('answers only what is a push, of a bounded size', async () => {
    await using receiver = await listener();
    expect((await fetch(receiver.url)).status).toBe(405);
    const body = Buffer.alloc(48 * 1024 * 1024);
    expect((await fetch(receiver.url, { method: 'POST', body })).status).toBe(413);
    expect(receiver.told.stdout).toBe('');
  });

  it('keeps no more than a few bodies at a time that are not verified yet', async () => {
    await using receiver = await listener();
    const port = Number(new URL(receiver.url).port);
    const answers: string[] = [];
    const sockets = Array.from({ length: 6 }, () => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.on('data', (answer: Buffer) => answers.push(answer.toString('latin1').slice(9, 12)));
      socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${16 * 1024 * 1024}\r\n\r\n{`);
      return socket;
    });
    await vi.waitFor(() => expect(answers).toEqual(['503', '503']), { timeout: 10_000 });
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(async () => expect(await receiver.push(failedDelivery)).toBe(204));
  });

  it('leaves a sender that is still speaking when it ends', async () => {
    const receiver = await listener();
    const socket = net.connect(Number(new URL(receiver.url).port), '127.0.0.1');
    socket.on('error', () => {});
    const left = new Promise((resolve) => socket.on('close', resolve));
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{');
    await once(socket, 'ready');
    await vi.waitFor(() => expect(socket.bytesWritten).toBeGreaterThan(0));
    await receiver[Symbol.asyncDispose]();
    await left;
    expect(receiver.told.stdout).toBe('');
  });

  it('ends in one sentence where there is no usable secret', async () => {
    const unusable = new UserError('infrastructure', 'webhook-secret: is empty');
    const ended = await run(['listen'], { webhookSecrets: () => Promise.reject(unusable) });
    expect(ended).toEqual({ code: 5, stdout: '', stderr: 'webhook-secret: is empty\n' });
  });

  it('says so where the port is taken', async () => {
    await using taken = await listening(net.createServer());
    const receiver = await listener(['--port', String(taken.port)]);
    expect(await receiver.ended).toBe(exitCode['invalid-input']);
    expect(receiver.told.stderr).toBe(`--port: cannot listen on 127.0.0.1:${taken.port} (EADDRINUSE)\n`);
  });
});
