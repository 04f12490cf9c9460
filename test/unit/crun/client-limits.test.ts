/** How long a call may take, how much it may read, and how much memory that costs. */
import type { ServerResponse } from 'node:http';
import net from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Exchange, maxBodyBytes } from '../../../functions/crun/client.ts';
import type { Answer } from '../../../local/simulator/script.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { classified } from '../../support/answers.ts';
import {
  apiKey,
  ask,
  httpServer,
  type Listening,
  listening,
  rawServer,
  timed,
} from '../../support/servers.ts';

const mebibyte = 1024 * 1024;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey });
});
afterAll(() => simulator.close());

const askFor = (step: Answer, timeoutMs?: number): Promise<Exchange> =>
  ask(simulator.baseUrl, {
    detectTaskId: simulator.submit([step]),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });

/** For what the deadline cuts off in the middle: a busy machine must still have got to the headers by then. */
const amidMs = 1_000;

const noAnswer = { kind: 'no-answer', fault: 'timeout' };
const unreadable = { kind: 'unreadable', httpStatus: 200, fault: 'timeout' };

/**
 * The servers never end, so that a call ends by its deadline or not at all: a busy machine makes that late, and nothing
 * makes it early but the age of the event loop's own clock.
 */
const expectNotEarly = (tookMs: number, timeoutMs: number): void =>
  expect(tookMs).toBeGreaterThan(timeoutMs / 2);

/** Answers with the same bytes again and again, once it was asked. */
async function drippingServer(first: string, drop: string): Promise<Listening> {
  return rawServer((socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(drop), 10);
    socket.on('close', () => clearInterval(timer));
  });
}

describe('the deadline', () => {
  it.each([
    ['nothing comes', { step: 'hang' }, 150, noAnswer],
    ['only the headers come', { step: 'hangAfterHeaders' }, amidMs, unreadable],
    ['the body drips', { step: 'drip', everyMs: 10 }, amidMs, unreadable],
  ] satisfies [string, Answer, number, object][])(
    'ends the call where %s',
    async (_behaviour, step, timeoutMs, came) => {
      const { value, tookMs } = await timed(askFor(step, timeoutMs));
      expect(value).toMatchObject(came);
      expectNotEarly(tookMs, timeoutMs);
    },
  );

  it.each([
    ['the headers drip', 'HTTP/1.1 200 OK\r\n', 'x-drop: 1\r\n'],
    ['"continue" comes again and again', '', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('ends the call where %s', async (_behaviour, first, drop) => {
    await using server = await drippingServer(first, drop);
    const { value, tookMs } = await timed(ask(server.baseUrl, { timeoutMs: 150 }));
    expect(value).toEqual(noAnswer);
    expectNotEarly(tookMs, 150);
  });

  it('ends the call where TLS is never spoken', async () => {
    await using server = await listening(net.createServer(), 'https');
    const { value, tookMs } = await timed(ask(server.baseUrl, { timeoutMs: 150 }));
    expect(value).toEqual(noAnswer);
    expectNotEarly(tookMs, 150);
  });

  it('counts from the call on, not from the last byte', async () => {
    const { value, tookMs } = await timed(askFor({ step: 'drip', everyMs: 60 }, amidMs));
    expect(value).toMatchObject(unreadable);
    expectNotEarly(tookMs, amidMs);
  });

  it('keeps the hint of headers that came in time', async () => {
    await using server = await rawServer((socket) => {
      socket.write('HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 9\r\n\r\n');
    });
    expect(await ask(server.baseUrl, { timeoutMs: amidMs })).toEqual({
      kind: 'unreadable',
      httpStatus: 429,
      retryAfter: '7',
      fault: 'timeout',
    });
  });
});

/** A JSON string of so many bytes. */
const text = (bytes: number): Buffer => Buffer.from(`"${'x'.repeat(bytes - 2)}"`);
const tooLarge = { kind: 'unreadable', httpStatus: 200, fault: 'too-large' };

const sendWith =
  (withLength: boolean, body: Buffer) =>
  (_: unknown, response: ServerResponse): void => {
    if (withLength) response.setHeader('content-length', body.length);
    else response.flushHeaders();
    response.end(body);
  };

describe('a body', () => {
  it.each([
    ['with a length', true],
    ['in chunks', false],
  ])('of exactly 8 MiB, sent %s, is read to its end', async (_form, withLength) => {
    expect(maxBodyBytes).toBe(8 * mebibyte);
    const body = text(8 * mebibyte);
    await using server = await httpServer(sendWith(withLength, body));
    const exchange = await ask(server.baseUrl, { timeoutMs: 5_000 });
    expect(exchange.kind === 'answered' && exchange.body === body.toString()).toBe(true);
  });

  it.each([
    ['with a length', true],
    ['in chunks', false],
  ])('of one byte more, sent %s, is too large', async (_form, withLength) => {
    await using server = await httpServer(sendWith(withLength, text(8 * mebibyte + 1)));
    expect(await ask(server.baseUrl, { timeoutMs: 5_000 })).toMatchObject(tooLarge);
  });

  it('is counted in bytes, not in characters', async () => {
    const body = Buffer.from(`"${'é'.repeat(4 * mebibyte)}"`);
    await using server = await httpServer(sendWith(false, body));
    expect(await ask(server.baseUrl, { timeoutMs: 5_000 })).toMatchObject(tooLarge);
  });

  it('that declares itself too large is not waited for', async () => {
    const head = `HTTP/1.1 200 OK\r\ncontent-length: ${8 * mebibyte + 1}\r\n\r\n`;
    await using server = await rawServer((socket) => void socket.write(head));
    expect(await ask(server.baseUrl)).toMatchObject(tooLarge);
  });

  it.each([
    'gzip',
    'br',
    'deflate',
    'zstd',
    'x-gzip',
    'compress',
    'identity, gzip',
    'gzip, identity',
    'nonsense',
  ])('encoded as %j is neither decoded nor waited for', async (encoding) => {
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: 99\r\n\r\n`;
    await using server = await rawServer((socket) => void socket.write(head));
    expect(await ask(server.baseUrl)).toEqual({
      kind: 'unreadable',
      httpStatus: 200,
      retryAfter: undefined,
      fault: 'encoded',
    });
  });

  it.each(['identity', 'Identity', 'identity, identity', '', 'none', 'UTF-8', 'utf8'])(
    'that is plain may say so by %j',
    async (encoding) => {
      await using server = await httpServer((_, response) => {
        response.writeHead(200, { 'content-encoding': encoding }).end('{}');
      });
      expect(await ask(server.baseUrl)).toMatchObject({ kind: 'answered', body: '{}' });
    },
  );
});

/** How much the process grew at most while the work went on. */
async function growthOf(work: () => Promise<Exchange>): Promise<{ exchange: Exchange; bytes: number }> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 2);
  const exchange = await work();
  clearInterval(sampler);
  return { exchange, bytes: Math.max(peak, process.memoryUsage.rss()) - before };
}

describe('the memory', () => {
  it.each([
    ['a body that grows a thousandfold when decoded', { step: 'gzip', bombBytes: 300 * mebibyte }, 'encoded'],
    ['a body of 5 GB', { step: 'tooLarge', bytes: 5e9 }, 'too-large'],
    ['a body without an end', { step: 'tooLarge', bytes: 1e12 }, 'too-large'],
  ] satisfies [string, Answer, string][])('that %s costs is bounded', async (_body, step, fault) => {
    const { exchange, bytes } = await growthOf(() => askFor(step));
    expect(exchange).toMatchObject({ kind: 'unreadable', fault });
    expect(bytes).toBeLessThan(50 * mebibyte);
  });

  it('that millions of empty objects cost is bounded', async () => {
    const body = Buffer.from(`{"code":200,"data":[${'{},'.repeat(2_700_000)}{}]}`);
    await using server = await httpServer(sendWith(true, body));
    const exchange = await ask(server.baseUrl, { timeoutMs: 5_000 });
    const before = process.memoryUsage().heapUsed;
    expect(classified(exchange)).toEqual({
      kind: 'unavailable',
      reason: 'too many parts',
    });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50 * mebibyte);
  });

  it('that a body of 5 GB costs is none where its length is declared', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 5000000000\r\n\r\n';
    await using server = await rawServer((socket) => {
      socket.write(head);
      const timer = setInterval(() => socket.write(Buffer.alloc(mebibyte)), 1);
      socket.on('close', () => clearInterval(timer));
    });
    const { exchange, bytes } = await growthOf(() => ask(server.baseUrl));
    expect(exchange).toMatchObject(tooLarge);
    expect(bytes).toBeLessThan(50 * mebibyte);
  });
});
