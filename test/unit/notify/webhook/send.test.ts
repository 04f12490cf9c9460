import net from 'node:net';

import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { signatureHeaders } from '../../../../functions/notify/webhook/sign.ts';
import { certificate } from '../../../support/certificate.ts';
import { httpServer, listening, rawServer, unusedPort } from '../../../support/servers.ts';
import { body, headers, host, receiver, secret, sendTo, trusted } from './receivers.ts';

const addresses =
  (...found: string[]) =>
  async (): Promise<string[]> =>
    found;
const allow = (): boolean => true;
const refuse = (): boolean => false;

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const rotated = `whsec_${Buffer.from('another key of the tests alone').toString('base64')}`;
const failed = (reason: string): object => ({ fault: reason });

describe('a delivery', () => {
  it('has the three headers, and those that HTTP needs', async () => {
    await using server = await receiver();
    expect(await sendTo(server)).toEqual({ status: 204 });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/faces?a=1', body });
    expect(
      Object.fromEntries(
        Array.from({ length: 9 }, (_, at) => request?.headers.slice(2 * at, 2 * at + 2) ?? []),
      ),
    ).toEqual({
      ...headers,
      'content-type': 'application/json',
      'content-length': '15',
      'user-agent': expect.stringMatching(/^face-detection-poller\/\d+\.\d+\.\d+$/) as string,
      Host: `${host}:${server.port}`,
      Connection: 'close',
    });
    expect(request?.headers).toHaveLength(16);
  });

  it.each([
    ['by the official library', [secret], secret],
    ['during a rotation, with the new secret', [secret, rotated], secret],
    ['during a rotation, with the old secret', [secret, rotated], rotated],
  ])('is verified by the receiver %s', async (_who, signing, held) => {
    await using server = await receiver();
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    await sendTo(
      server,
      {},
      { headers: signatureHeaders(signing, { id: 'task_1_failed', timestampSeconds, body }) },
    );
    const [{ headers: raw, body: received } = { headers: [], body: '' }] = server.requests;
    const names = raw.flatMap((text, at) => (at % 2 === 0 ? [[text, raw[at + 1] ?? ''] as const] : []));
    expect(new Webhook(held).verify(received, Object.fromEntries(names))).toEqual({ name: 'Zoë' });
  });

  it('sends the host name in TLS, and opens a connection each time', async () => {
    const names: unknown[] = [];
    await using server = await receiver(function (response) {
      names.push((response.socket as { servername?: unknown } | null)?.servername);
      response.end('{}');
    });
    await sendTo(server);
    await sendTo(server);
    expect(names).toEqual([host, host]);
    expect(server.connections).toBe(2);
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  it('goes to the next address if the first does not listen', async () => {
    await using server = await receiver();
    expect(await sendTo(server, { lookup: addresses('::1', '127.0.0.1'), isAllowed: allow })).toEqual({
      status: 204,
    });
  });

  it('resolves a name once', async () => {
    await using server = await receiver();
    const lookup = vi.fn<(name: string) => Promise<string[]>>(async () => ['127.0.0.1']);
    await sendTo(server, { lookup });
    expect(lookup.mock.calls).toEqual([[host]]);
  });

  it('may go to this machine over http where the rule allows it', async () => {
    await using server = await httpServer((_, response) => void response.writeHead(202).end());
    const rule = { allowLoopback: true };
    for (const name of ['127.0.0.1', 'localhost']) {
      expect(
        await sendTo(server, { rule, isAllowed: refuse }, { url: `http://${name}:${server.port}/` }),
      ).toEqual({
        status: 202,
      });
    }
    const away = await sendTo(
      server,
      { rule, isAllowed: allow, lookup: addresses('127.0.0.1', '192.0.2.1') },
      { url: `http://localhost:${server.port}/` },
    );
    expect(away).toEqual(failed('blocked-address'));
    expect(server.connections).toBe(2);
  });
});

describe('an answer', () => {
  it.each([200, 201, 301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 503])(
    'of %i is returned as it is',
    async (status) => {
      await using server = await receiver((response) =>
        response.writeHead(status, { location: '/elsewhere' }).end('x'),
      );
      expect(await sendTo(server)).toEqual({ status });
      expect(server.requests).toHaveLength(1);
    },
  );

  it.each([
    ['120', 120_000],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['86400', 900_000],
  ])('may have a Retry-After: %s', async (hint, retryAfterMs) => {
    await using server = await receiver((response) => response.writeHead(429, { 'retry-after': hint }).end());
    expect(await sendTo(server, { now: () => Date.UTC(2026, 10, 22, 12) })).toEqual({
      status: 429,
      retryAfterMs,
    });
  });

  it('that never ends is read for a kilobyte', async () => {
    let written = 0;
    await using server = await receiver((response) => {
      const timer = setInterval(() => {
        response.write('x'.repeat(256));
        written += 256;
      }, 5);
      response.on('close', () => clearInterval(timer));
    });
    expect(await sendTo(server)).toEqual({ status: 200 });
    await vi.waitFor(() => expect(server.open).toBe(0));
    expect(written).toBeGreaterThanOrEqual(1_024);
    expect(written).toBeLessThan(16_384);
  });

  it('that changes the protocol is returned, and the connection closed', async () => {
    await using server = await receiver((response) => {
      response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
    });
    expect(await sendTo(server)).toEqual({ status: 101 });
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  it('may have 20 KB of headers, and no more than 64 KB', async () => {
    let padding = 'x'.repeat(20_000);
    await using server = await receiver((response) =>
      response.writeHead(200, { 'content-security-policy': padding }).end(),
    );
    expect(await sendTo(server)).toEqual({ status: 200 });
    padding = 'x'.repeat(65_536);
    expect(await sendTo(server)).toEqual({ fault: 'not-http' });
  });

  it('after early hints is the final one', async () => {
    await using server = await receiver((response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeHead(200).end();
    });
    expect(await sendTo(server)).toEqual({ status: 200 });
  });
});

describe('a failure', () => {
  it.each<[string, Parameters<typeof receiver>[0]]>([
    ['answers nothing', () => {}],
    ['never ends its answer', (response) => void response.writeHead(200).write('a')],
    [
      'drips',
      (response) => {
        const timer = setInterval(() => response.write('a'), 10);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('is a receiver that %s, by the deadline of the whole attempt', async (_what, answer) => {
    await using server = await receiver(answer);
    expect(await sendTo(server, {}, { timeoutMs: 250 })).toEqual(failed('timeout'));
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  it('is a handshake that never ends', async () => {
    await using server = await rawServer(() => {});
    expect(await sendTo(server, {}, { timeoutMs: 250 })).toEqual(failed('timeout'));
  });

  it('is a look-up that never ends', async () => {
    expect(await sendTo({ port: 443 }, { lookup: () => new Promise(() => {}) }, { timeoutMs: 50 })).toEqual(
      failed('timeout'),
    );
  });

  it.each<[string, () => Promise<string[]>]>([
    ['is unknown', () => Promise.reject(new Error('ENOTFOUND'))],
    ['has no address', async () => []],
  ])('is a host that %s', async (_what, lookup) => {
    expect(await sendTo({ port: 443 }, { lookup })).toEqual(failed('dns'));
  });

  it('is a port without a listener', async () => {
    expect(await sendTo({ port: await unusedPort() })).toEqual(failed('connection-refused'));
  });

  it.each<[string, Parameters<typeof receiver>[0]]>([
    ['before it answers', (response) => response.socket?.destroy()],
    [
      'in the middle of its answer',
      (response) =>
        void response.writeHead(200, { 'content-length': 9 }).write('a', () => response.socket?.destroy()),
    ],
  ])('is a receiver that leaves %s', async (_when, answer) => {
    await using server = await receiver(answer);
    expect(await sendTo(server)).toEqual(failed('reset'));
  });

  it('is a receiver that does not speak HTTP', async () => {
    await using server = await receiver((response) => void response.socket?.end('hello\r\n\r\n'));
    expect(await sendTo(server)).toEqual(failed('not-http'));
  });

  it('is a receiver that does not speak TLS', async () => {
    await using server = await listening(net.createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')));
    expect(await sendTo(server)).toEqual(failed('tls'));
  });

  it.each([
    ['is not trusted', certificate({ host })],
    ['names another host', certificate({ host: 'other.example.com' })],
    ['has expired', certificate({ host, untilMs: Date.now() - 60_000 })],
  ])('is a certificate that %s', async (what, theirs) => {
    await using server = await receiver(undefined, theirs);
    const ca = what === 'is not trusted' ? trusted.cert : theirs.cert;
    expect(await sendTo(server, { ca })).toEqual(failed('tls'));
    expect(server.requests).toEqual([]);
  });

  it('is also an invalid certificate that the environment would accept', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    // Node warns about this setting.
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await using server = await receiver(undefined, certificate({ host }));
    expect(await sendTo(server)).toEqual(failed('tls'));
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
});
