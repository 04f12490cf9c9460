/** What comes back: each outcome is a value, and each value is classified by the provider's table. */
import type { Socket } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Exchange } from '../../../functions/crun/client.ts';
import type { Observation } from '../../../functions/crun/observation.ts';
import type { Answer } from '../../../local/simulator/script.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { classified } from '../../support/answers.ts';
import { apiKey, ask, rawServer, unusedPort } from '../../support/servers.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey });
});
afterAll(() => simulator.close());

type Row = [behaviour: string, step: Answer, came: Partial<Exchange>, seen: Partial<Observation>];
const answered = { kind: 'answered', httpStatus: 200 } as const;
const unreadable = { kind: 'unreadable', httpStatus: 200 } as const;
const noAnswer = { kind: 'no-answer' } as const;
const unavailable = { kind: 'unavailable' } as const;
const violation = { kind: 'violation' } as const;
const denied = { kind: 'denied', code: 'UNEXPECTED_RESPONSE' } as const;

describe('the provider', () => {
  it.each([
    ['is still at work', { step: 'pending', status: 'processing' }, answered, { kind: 'pending' }],
    [
      'is still at work, without the empty fields',
      { step: 'pending', status: 'starting', isTerse: true },
      answered,
      { kind: 'pending' },
    ],
    ['has found no face', { step: 'succeeded', faces: 0 }, answered, { kind: 'succeeded', faces: [] }],
    [
      'spells it otherwise',
      { step: 'succeeded', faces: 2, status: 'SUCCESS' },
      answered,
      { kind: 'succeeded' },
    ],
    [
      'has failed',
      { step: 'failed', error: { code: 1, message: 'm' } },
      answered,
      { code: 'DETECTION_FAILED' },
    ],
    ['throttles over HTTP 200', { step: 'code', code: '429', retryAfter: '9' }, answered, { hintMs: 9_000 }],
    [
      'throttles over HTTP 429',
      { step: 'bareStatus', httpStatus: 429 },
      { ...answered, httpStatus: 429 },
      { kind: 'throttled' },
    ],
    ['denies the key over HTTP 200', { step: 'code', code: 401 }, answered, { code: 'UNAUTHORIZED' }],
    [
      'throttles over an HTTP status of 503',
      { step: 'code', code: 429, httpStatus: 503, retryAfter: '9' },
      { ...answered, httpStatus: 503 },
      { kind: 'throttled', hintMs: 9_000 },
    ],
    ['has no credits left', { step: 'code', code: 402 }, answered, { code: 'INSUFFICIENT_CREDITS' }],
    ['says that generating failed', { step: 'code', code: 501 }, answered, { code: 'GENERATION_FAILED' }],
    ['has disabled the feature', { step: 'code', code: 505 }, answered, { code: 'FEATURE_DISABLED' }],
    ['sends an unlisted code of a gateway', { step: 'code', code: 599 }, answered, unavailable],
    ['sends an unlisted code', { step: 'code', code: 600 }, answered, violation],
    ['sends code 0', { step: 'code', code: 0 }, answered, violation],
    ['sends no code', { step: 'bareStatus', httpStatus: 200, body: '{"data":{}}' }, answered, violation],
    ['sends NaN', { step: 'bareStatus', httpStatus: 200, body: 'NaN' }, answered, unavailable],
    ['finds the request bad', { step: 'bareStatus', httpStatus: 400 }, { httpStatus: 400 }, denied],
    ['is gone', { step: 'bareStatus', httpStatus: 410 }, { httpStatus: 410 }, denied],
    [
      'is unavailable for legal reasons',
      { step: 'bareStatus', httpStatus: 451 },
      { httpStatus: 451 },
      denied,
    ],
    [
      'timed out waiting for the request',
      { step: 'bareStatus', httpStatus: 408 },
      { httpStatus: 408 },
      unavailable,
    ],
    ['is overloaded', { step: 'bareStatus', httpStatus: 503 }, { httpStatus: 503 }, unavailable],
    [
      'is overloaded, with a hint',
      { step: 'code', code: 503, httpStatus: 503, retryAfter: '8.5' },
      { httpStatus: 503 },
      { kind: 'unavailable', hintMs: 9_000 },
    ],
    [
      'is in conflict',
      { step: 'html', httpStatus: 409 },
      { httpStatus: 409 },
      { kind: 'violation', code: 'UNEXPECTED_RESPONSE' },
    ],
    ['is too slow for its gateway', { step: 'html', httpStatus: 504 }, { httpStatus: 504 }, unavailable],
    ['is under maintenance', { step: 'code', code: 455 }, answered, { code: 'PROVIDER_MAINTENANCE' }],
    ['leaves out the result', { step: 'nullResult' }, answered, violation],
    ['answers about another task', { step: 'wrongId' }, answered, violation],
    ['answers in another shape', { step: 'wrongShape' }, answered, violation],
    ['sends a number for an id', { step: 'numericId' }, answered, violation],
    ['repeats a JSON key, the success last', { step: 'duplicateKeys' }, answered, { kind: 'succeeded' }],
    ['sends prototype keys', { step: 'prototypeKeys' }, answered, { kind: 'succeeded' }],
    ['sends undocumented fields', { step: 'extraFields' }, answered, { kind: 'succeeded' }],
    ['sends broken JSON', { step: 'brokenJson' }, answered, unavailable],
    ['sends nothing', { step: 'empty' }, { ...answered, body: '' }, unavailable],
    ['sends a page', { step: 'html', httpStatus: 200 }, answered, unavailable],
    [
      'sends a page of a proxy',
      { step: 'html', httpStatus: 502 },
      { ...answered, httpStatus: 502 },
      unavailable,
    ],
    [
      'sends a bare 404',
      { step: 'bareStatus', httpStatus: 404 },
      { ...answered, httpStatus: 404 },
      unavailable,
    ],
    ['redirects', { step: 'redirect', location: '/' }, { ...answered, httpStatus: 302 }, denied],
    ['cuts the body', { step: 'cutJson' }, { ...unreadable, fault: 'cut' }, unavailable],
    ['resets the connection', { step: 'reset' }, { ...noAnswer, fault: 'reset' }, unavailable],
    ['resets it inside the body', { step: 'resetMidBody' }, { ...unreadable, fault: 'cut' }, unavailable],
    ['compresses unasked', { step: 'gzip' }, { ...unreadable, fault: 'encoded' }, unavailable],
    ['sends too much', { step: 'tooLarge' }, { ...unreadable, fault: 'too-large' }, unavailable],
    ['sends an endless header', { step: 'longHeader' }, { ...noAnswer, fault: 'not-http' }, unavailable],
    ['speaks another protocol', { step: 'notHttp' }, { ...noAnswer, fault: 'not-http' }, unavailable],
    ['drips, but ends', { step: 'drip', everyMs: 1, bytes: 20 }, answered, { kind: 'succeeded' }],
  ] satisfies Row[])('%s', async (_behaviour, step, came, seen) => {
    const id = simulator.submit([step]);
    const exchange = await ask(simulator.baseUrl, { detectTaskId: id });
    expect(exchange).toMatchObject(came);
    expect(classified(exchange, id)).toMatchObject(seen);
  });

  it('sends ten thousand faces, and they are all there in order', async () => {
    const id = simulator.submit([{ step: 'succeeded', faces: 10_000, linkBytes: 800 }]);
    const observation = classified(await ask(simulator.baseUrl, { detectTaskId: id }), id);
    expect(observation.kind === 'succeeded' && observation.faces.map((face) => face.id)).toEqual(
      Array.from({ length: 10_000 }, (_, index) => index),
    );
  });

  it('denies another key', async () => {
    const exchange = await ask(simulator.baseUrl, { key: 'another key' });
    expect(classified(exchange, 'task')).toMatchObject({ kind: 'denied', code: 'UNAUTHORIZED' });
  });
});

const ok = 'HTTP/1.1 200 OK\r\n';
const throttled = 'HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\n';
const cut429 = { kind: 'unreadable', httpStatus: 429, retryAfter: '7', fault: 'cut' };
const notHttp = { kind: 'no-answer', fault: 'not-http' };
const says = (bytes: string | Buffer) => (socket: Socket) => void socket.end(bytes);
/** Leaves time for what was sent to arrive: a reset overtakes it. */
const thenResets = (bytes: string) => (socket: Socket) =>
  void socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 20));

describe('a connection', () => {
  it.each([
    ['ends without a word', says(''), { kind: 'no-answer', fault: 'reset' }],
    ['ends inside the status line', says('HTTP/1.1 20'), { kind: 'no-answer', fault: 'reset' }],
    ['ends inside the headers', says(`${ok}content-le`), { kind: 'no-answer', fault: 'reset' }],
    ['ends inside a body of known length', says(`${throttled}content-length: 9\r\n\r\n{"co`), cut429],
    ['ends inside a chunk', says(`${throttled}transfer-encoding: chunked\r\n\r\n9\r\n{"co`), cut429],
    ['ends between chunks', says(`${throttled}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`), cut429],
    ['is reset behind the headers', thenResets(`${throttled}content-length: 9\r\n\r\n`), cut429],
    ['is reset inside a body', thenResets(`${throttled}content-length: 9\r\n\r\n{"co`), cut429],
    [
      'breaks the framing inside a body',
      says(`${throttled}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\nZZ\r\n`),
      cut429,
    ],
    ['speaks an unknown version', says('HTTP/9.9 200 OK\r\n\r\n{}'), notHttp],
    ['speaks TLS', says(Buffer.from([0x15, 3, 1, 0, 2, 2, 0x28])), notHttp],
    ['has two lengths', says(`${ok}content-length: 2\r\ncontent-length: 3\r\n\r\n{} `), notHttp],
    [
      'has a length and chunks',
      says(`${ok}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n`),
      notHttp,
    ],
    ['has a control character in a header', says(`${ok}x: a\0b\r\n\r\n{}`), notHttp],
    [
      'has 20 KB of headers',
      says(`${ok}x: ${'x'.repeat(20_000)}\r\ncontent-length: 2\r\n\r\n{}`),
      { ...answered, body: '{}' },
    ],
    ['has no length, and ends', says(`${ok}\r\n{}`), { ...answered, body: '{}' }],
    [
      'says "continue" first',
      says(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${ok}content-length: 2\r\n\r\n{}`),
      { ...answered, body: '{}' },
    ],
    ['has an unassigned status', says('HTTP/1.1 999 No\r\ncontent-length: 0\r\n\r\n'), { httpStatus: 999 }],
    ['has a length of nothing over HTTP 204', says('HTTP/1.1 204 No\r\n\r\n'), { httpStatus: 204, body: '' }],
    [
      'sends what is no UTF-8',
      says(Buffer.from(`${ok}content-length: 3\r\n\r\n"\xFF"`, 'latin1')),
      { ...unreadable, fault: 'not-utf8' },
    ],
    ['sends a byte order mark', says(`${ok}content-length: 5\r\n\r\n\uFEFF{}`), { ...answered, body: '{}' }],
    [
      'sends a character in two parts',
      (socket: Socket) => {
        const text = Buffer.from('"🙂"');
        socket.write(`${ok}content-length: ${text.length}\r\n\r\n`);
        socket.write(text.subarray(0, 3), () => setTimeout(() => socket.end(text.subarray(3)), 10));
      },
      { ...answered, body: '"🙂"' },
    ],
  ])('that %s is a value', async (_behaviour, speak, came) => {
    await using server = await rawServer(speak);
    expect(await ask(server.baseUrl, { timeoutMs: 1_000 })).toMatchObject(came);
  });

  it('that turns to another protocol ends with the deadline', async () => {
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n';
    await using server = await rawServer((socket) => void socket.write(upgrade));
    expect(await ask(server.baseUrl, { timeoutMs: 100 })).toEqual({ kind: 'no-answer', fault: 'timeout' });
  });

  it('to a port without a listener is refused', async () => {
    const port = await unusedPort();
    const refused = { kind: 'no-answer', fault: 'connection-refused' };
    expect(await ask(`http://127.0.0.1:${port}`)).toEqual(refused);
    expect(await ask(`http://localhost:${port}`)).toEqual(refused);
    expect(await ask(`https://127.0.0.1:${port}`)).toEqual(refused);
  });

  it('to a name that does not exist is a fault of the DNS', async () => {
    const nowhere = { kind: 'no-answer', fault: 'dns' };
    expect(await ask('http://crun.invalid')).toEqual(nowhere);
    expect(await ask('https://crun.invalid')).toEqual(nowhere);
  });
});

describe('the hint of a throttled answer', () => {
  it.each([
    ['as it was sent', ['retry-after: 120'], '120'],
    ['whatever its form', ['Retry-After: 30, 60'], '30, 60'],
    ['the first of two', ['retry-after: 1', 'retry-after: 2'], '1'],
  ])('arrives %s', async (_behaviour, headers, retryAfter) => {
    const head = ['HTTP/1.1 429 Too Many Requests', 'content-length: 0', ...headers].join('\r\n');
    await using server = await rawServer(says(`${head}\r\n\r\n`));
    expect(await ask(server.baseUrl)).toEqual({ kind: 'answered', httpStatus: 429, retryAfter, body: '' });
  });

  it.each(['-5', '0x10', 'Infinity', '1e9', '30, 60', '99999999999999999999', '2026-11-22', 'soon'])(
    'is none where it says %s',
    async (retryAfter) => {
      const id = simulator.submit([{ step: 'code', code: 429, retryAfter }]);
      const exchange = await ask(simulator.baseUrl, { detectTaskId: id });
      expect(classified(exchange, id)).toEqual({ kind: 'throttled', reason: 'code 429', hintMs: undefined });
    },
  );

  it.each([
    ['seconds without end', '999999999', 900_000],
    ['a date next year', 'Mon, 22 Nov 2027 12:00:00 GMT', 900_000],
    ['a fraction', '1.5', 2_000],
    ['a date ahead', 'Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['a date that is over', 'Sun, 22 Nov 2026 11:59:59 GMT', undefined],
  ])(
    'is taken for what it is, and never for more than a quarter of an hour: %s',
    async (_what, retryAfter, hintMs) => {
      const id = simulator.submit([{ step: 'code', code: 429, httpStatus: 429, retryAfter }]);
      const exchange = await ask(simulator.baseUrl, { detectTaskId: id });
      expect(classified(exchange, id)).toEqual({
        kind: 'throttled',
        reason: expect.any(String) as string,
        hintMs,
      });
    },
  );
});
