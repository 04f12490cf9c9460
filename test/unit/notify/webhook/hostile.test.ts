/** Callback URLs and hosts that lead to forbidden addresses, counted at listeners that must not be reached. */
import { once } from 'node:events';
import net from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Sent } from '../../../../functions/notify/webhook/request.ts';
import { createSender } from '../../../../functions/notify/webhook/send.ts';
import { listening, type Listening } from '../../../support/servers.ts';
import { body, headers, host, receiver, senderTo, sendTo } from './receivers.ts';

/** Plain TCP, because a connection alone is a failure. */
let forbidden: Listening;
/** The same port by IPv6, if this machine has it. */
let forbiddenBySix: Listening | undefined;

beforeAll(async () => {
  forbidden = await listening(net.createServer((socket) => socket.end()));
  forbiddenBySix = await bySix(forbidden.port);
});
afterAll(async () => {
  await forbidden[Symbol.asyncDispose]();
  await forbiddenBySix?.[Symbol.asyncDispose]();
});

async function bySix(port: number): Promise<Listening | undefined> {
  const server = net.createServer((socket) => socket.end());
  server.listen(port, '::1');
  const isThere = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  if (!isThere) return undefined;
  let connections = 0;
  server.on('connection', () => connections++);
  return {
    port,
    baseUrl: '',
    open: 0,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

const reached = (): number => forbidden.connections + (forbiddenBySix?.connections ?? 0);

/** `PORT` is the forbidden listener's. */
const hostileUrls = [
  'https://127.0.0.1:PORT/',
  'https://127.0.0.1.:PORT/',
  'https://127.1:PORT/',
  'https://127.0.1:PORT/',
  'https://2130706433:PORT/',
  'https://0177.1:PORT/',
  'https://0177.0.0.1:PORT/',
  'https://0177.0.0.01:PORT/',
  'https://017700000001:PORT/',
  'https://0x7f.1:PORT/',
  'https://0x7f.0.0.1:PORT/',
  'https://0x7f000001:PORT/',
  'https://0X7F000001:PORT/',
  'https://127.0x0.0.1:PORT/',
  'https://%31%32%37.0.0.1:PORT/',
  'https://127%2e0%2e0%2e1:PORT/',
  'https://0:PORT/',
  'https://0.0.0.0:PORT/',
  'https://00000000:PORT/',
  'https://[::1]:PORT/',
  'https://[0:0:0:0:0:0:0:1]:PORT/',
  'https://[::]:PORT/',
  'https://[::ffff:127.0.0.1]:PORT/',
  'https://[::ffff:7f00:1]:PORT/',
  'https://[0:0:0:0:0:ffff:127.0.0.1]:PORT/',
  'https://[::ffff:0:127.0.0.1]:PORT/',
  'https://[::127.0.0.1]:PORT/',
  'https://[64:ff9b::127.0.0.1]:PORT/',
  'https://[2002:7f00:1::]:PORT/',
  'https://①②⑦.⓪.⓪.①:PORT/',
  'https://１２７.0.0.1:PORT/',
  'https://127。0。0。1:PORT/',
  'https://localhost:PORT/',
  'https://LOCALHOST:PORT/',
  'https://localhost.:PORT/',
  'https://ⓛocalhost:PORT/',
  'https://local\u00ADhost:PORT/',
  'https://local\thost:PORT/',
  'https://user@127.0.0.1:PORT/',
  'https://hooks.example.com@127.0.0.1:PORT/',
  'https://hooks.example.com:443@127.0.0.1:PORT/',
  'https://@127.0.0.1:PORT/',
  'https://127.0.0.1:PORT\\@hooks.example.com/',
  'https:\\\\127.0.0.1:PORT/',
  'https:/127.0.0.1:PORT/',
  'https:127.0.0.1:PORT',
  ' https://127.0.0.1:PORT/',
  'https://127.0.0.1:PORT/#@hooks.example.com/',
  'http://127.0.0.1:PORT/',
  'http://[::1]:PORT/',
  'http://localhost:PORT/',
  'HTTP://127.0.0.1:PORT/',
  'ws://127.0.0.1:PORT/',
];

/** Names of an attacker, by what they resolve to. */
const hostileNames: [string, readonly string[]][] = [
  ['this machine', ['127.0.0.1']],
  ['this machine by IPv6', ['::1']],
  ['any address of this machine', ['0.0.0.0']],
  ['any address of it by IPv6', ['::']],
  ['this machine in a mapping', ['::ffff:127.0.0.1']],
  ['a public address first, then this machine', ['93.184.216.34', '127.0.0.1']],
  ['this machine first, then a public address', ['127.0.0.1', '93.184.216.34']],
  ['public addresses around this machine', ['2606:4700:4700::1111', '::1', '93.184.216.34']],
  ['no address', ['localhost']],
  ['an address of few parts', ['127.1']],
  ['an address with a port', [`127.0.0.1:443`]],
];

const delivery = (url: string) => ({ url, headers, body, timeoutMs: 1_000 });
const onForbiddenPort = (url: string): string => url.replace('PORT', String(forbidden.port));

/** The real rule for addresses; the forbidden listener's port is allowed, so that the port alone does not block. */
const sendTheRealWay = (url: string, addresses: readonly string[]): Promise<Sent> =>
  createSender({ rule: { ports: [443, forbidden.port] }, lookup: async () => addresses })(delivery(url));

const reasons = (sent: readonly Sent[]): Set<string> =>
  new Set(sent.map((one) => ('fault' in one ? one.fault : 'answered')));

describe('sixty hostile callbacks', () => {
  it('are sixty and more', () => {
    expect(hostileUrls.length + hostileNames.length).toBeGreaterThanOrEqual(60);
  });

  it('reach no listener', async () => {
    const before = reached();
    const byUrl = await Promise.all(
      hostileUrls.map((url) => sendTheRealWay(onForbiddenPort(url), ['127.0.0.1'])),
    );
    const byName = await Promise.all(
      hostileNames.map(([, addresses]) => sendTheRealWay(`https://${host}:${forbidden.port}/`, addresses)),
    );
    expect(reasons(byUrl)).toEqual(new Set(['blocked-url']));
    expect(reasons(byName)).toEqual(new Set(['blocked-address']));
    expect(reached() - before).toBe(0);
  });

  it('would reach a listener without the checks', async () => {
    const before = reached();
    const here = new Set(['127.0.0.1', '[::1]', 'localhost', '0.0.0.0']);
    const urls = hostileUrls.map((url) => URL.parse(onForbiddenPort(url))).filter((url) => url !== null);
    const leading = urls.filter(({ hostname, port }) => here.has(hostname) && port !== '');
    const closed = leading.map(({ hostname, port }) => {
      const socket = net.connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) });
      return Promise.race([once(socket.resume(), 'close'), once(socket, 'error')]);
    });
    await Promise.allSettled(closed);
    expect(reached() - before).toBeGreaterThan(30);
  });
});

describe('a name that changes its address', () => {
  it('is resolved once, for the check and the connection', async () => {
    await using server = await receiver();
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    const lookup = async (): Promise<string[]> => answers.shift() ?? [];
    expect(await sendTo(server, { lookup })).toEqual({ status: 204 });
    expect(answers).toEqual([['169.254.169.254']]);
  });

  it('is blocked at the next attempt, although the last one succeeded', async () => {
    await using server = await receiver();
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    const send = senderTo(server.port, { lookup: async () => answers.shift() ?? [] });
    const url = `https://${host}:${server.port}/`;
    expect(await send(delivery(url))).toEqual({ status: 204 });
    expect(await send(delivery(url))).toEqual({ fault: 'blocked-address' });
    expect(server.connections).toBe(1);
  });

  it('gets no byte if the connection leads to another address', async () => {
    let bytes = 0;
    await using server = await listening(
      net.createServer((socket) => socket.on('data', (chunk) => (bytes += chunk.length))),
    );
    // Allowed when it is resolved, and no longer once connected.
    const verdicts = [true, false];
    const sent = await sendTo(server, { isAllowed: () => verdicts.shift() ?? false });
    expect(sent).toEqual({ fault: 'blocked-address' });
    expect(verdicts).toEqual([]);
    expect({ connections: server.connections, bytes }).toEqual({ connections: 1, bytes: 0 });
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    'with %i to the credentials of a cloud, or to this machine, is not followed',
    async (status) => {
      const before = reached();
      for (const location of [
        'http://169.254.169.254/latest/meta-data',
        `http://127.0.0.1:${forbidden.port}/`,
      ]) {
        await using server = await receiver((response) => response.writeHead(status, { location }).end());
        expect(await sendTo(server)).toEqual({ status });
      }
      expect(reached() - before).toBe(0);
    },
  );
});
