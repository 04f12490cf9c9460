/** What is sent, and where to. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createCrunClient, type Exchange } from '../../../functions/crun/client.ts';
import type { AnswerOf } from '../../../local/simulator/script.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { apiKey, ask, httpServer, type Listening, rawServer } from '../../support/servers.ts';

const path = '/api/v1/client/job/detect-face-result';

interface Received {
  method: string | undefined;
  url: string;
  headers: NodeJS.Dict<string | string[]>;
}

const received: Received[] = [];
let server: Listening;
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ apiKey });
  server = await httpServer(({ method, url = '', headers }, response) => {
    received.push({ method, url, headers });
    response.end('{}');
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await simulator.close();
});

async function requestFor(detectTaskId: string, baseUrl = server.baseUrl): Promise<Received | undefined> {
  received.length = 0;
  await ask(baseUrl, { detectTaskId });
  expect(received).toHaveLength(1);
  return received[0];
}

describe('the request', () => {
  it('is a GET with the key and no header beyond what is needed', async () => {
    expect(await requestFor('dit60yt8reqplt1c16')).toEqual({
      method: 'GET',
      url: `${path}?detect_task_id=dit60yt8reqplt1c16`,
      headers: {
        'x-api-key': apiKey,
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': expect.stringMatching(/^face-detection-poller\/\d+\.\d+\.\d+$/) as string,
        host: `127.0.0.1:${server.port}`,
        connection: 'keep-alive',
      },
    });
  });

  it.each([
    ['nothing', '', ''],
    ['a slash', '/', ''],
    ['many slashes', '///', ''],
    ['a path', '/proxy', '/proxy'],
    ['a path and a slash', '/proxy/', '/proxy'],
    ['a long path', '/a/b%20c/v2//', '/a/b%20c/v2'],
  ])('keeps the path of a base URL that ends with %s', async (_ending, suffix, prefix) => {
    const request = await requestFor('task', `${server.baseUrl}${suffix}`);
    expect(request?.url).toBe(`${prefix}${path}?detect_task_id=task`);
  });

  it.each([
    '',
    ' ',
    '..',
    '../../admin',
    '%2e%2e%2f',
    '&detect_task_id=other',
    'a&b=c',
    '#fragment',
    '?x=1',
    '@127.0.0.1:1/',
    '//127.0.0.1:1/',
    'http://127.0.0.1:1/',
    '\\\\127.0.0.1',
    'a\r\nx-injected: 1',
    'a\0b',
    'a+b c',
    '\u202Eevil',
    '__proto__',
    'ünïcödé 🙂',
    '<script>',
    "'; drop",
    'x'.repeat(4_000),
  ])('carries an id only as one encoded value of its query: %j', async (detectTaskId) => {
    const request = await requestFor(detectTaskId);
    const url = new URL(request?.url ?? '', server.baseUrl);
    expect(url.pathname).toBe(path);
    expect([...url.searchParams]).toEqual([['detect_task_id', detectTaskId]]);
    expect(request?.headers).not.toHaveProperty('x-injected');
  });

  it('carries any id only as one encoded value of its query', async () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(anyText, async (detectTaskId) => {
        const request = await requestFor(detectTaskId);
        expect(request?.url.startsWith(`${path}?detect_task_id=`)).toBe(true);
        expect(request?.url.slice(path.length + 1)).toMatch(/^detect_task_id=[A-Za-z0-9*\-._+%]*$/);
        const { searchParams } = new URL(request?.url ?? '', server.baseUrl);
        expect([...searchParams]).toEqual([['detect_task_id', detectTaskId]]);
      }),
      { numRuns: 50 },
    );
  });

  it('never has the key in its address', async () => {
    const request = await requestFor('task');
    expect(request?.url).not.toMatch(/key/);
  });
});

/** Leaves the client open for a moment, in which it would follow. */
async function askWithRetry(step: Omit<AnswerOf<'redirect'>, 'step'>): Promise<Exchange> {
  const client = createCrunClient({ baseUrl: simulator.baseUrl });
  const id = simulator.submit([{ step: 'redirect', ...step }]);
  const before = simulator.requests.length;
  const exchange = await client.getResult(id, apiKey, 1_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.close();
  expect(simulator.requests.length).toBe(before + 1);
  return exchange;
}

describe('a redirect', () => {
  it.each([300, 301, 302, 303, 305, 307, 308])(
    'with HTTP %i is not followed elsewhere',
    async (httpStatus) => {
      await using target = await httpServer((_, response) => void response.end('{}'));
      const exchange = await askWithRetry({ httpStatus, location: `${target.baseUrl}${path}` });
      expect(exchange).toMatchObject({ kind: 'answered', httpStatus });
      expect(target.connections).toBe(0);
    },
  );

  it.each(['/elsewhere', '', '?again=1', 'file:///etc/passwd', 'http://[', 'http://169.254.169.254/'])(
    'to %j is not followed either',
    async (location) => {
      expect(await askWithRetry({ location })).toMatchObject({ kind: 'answered', httpStatus: 302 });
    },
  );
});

describe('the connection', () => {
  it('is kept for the next call', async () => {
    await using one = await httpServer((_, response) => void response.end('{}'));
    const client = createCrunClient({ baseUrl: one.baseUrl });
    for (let call = 0; call < 5; call++) await client.getResult('task', apiKey, 1_000);
    expect(one.connections).toBe(1);
    client.close();
  });

  it.each([
    ['left unread', 'content-encoding: gzip\r\n\r\n'],
    ['too large', 'content-length: 9000000\r\n\r\n'],
    ['late', 'content-length: 9\r\n\r\n'],
  ])('is closed where the body is %s', async (_why, rest) => {
    await using one = await rawServer((socket) => void socket.write(`HTTP/1.1 200 OK\r\n${rest}`));
    const client = createCrunClient({ baseUrl: one.baseUrl });
    for (let call = 0; call < 3; call++) {
      expect(await client.getResult('task', apiKey, 500)).toMatchObject({ kind: 'unreadable' });
    }
    await expect.poll(() => one.open, { interval: 5 }).toBe(0);
    expect(one.connections).toBe(3);
    client.close();
  });

  it('is opened anew where the provider closed it in between', async () => {
    await using one = await httpServer((_, response) => {
      response.end('{}', () => setImmediate(() => response.socket?.destroy()));
    });
    const client = createCrunClient({ baseUrl: one.baseUrl });
    for (let call = 0; call < 3; call++) {
      expect(await client.getResult('task', apiKey, 1_000)).toMatchObject({ kind: 'answered' });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    client.close();
  });

  it('gives each of many calls at a time its own answer', async () => {
    const client = createCrunClient({ baseUrl: simulator.baseUrl });
    const ids = Array.from({ length: 50 }, () => simulator.submit([{ step: 'succeeded', faces: 1 }]));
    const exchanges = await Promise.all(ids.map((id) => client.getResult(id, apiKey, 2_000)));
    for (const [index, exchange] of exchanges.entries()) {
      expect(exchange.kind === 'answered' && exchange.body).toContain(`"detect_task_id":"${ids[index]}"`);
    }
    client.close();
  });

  it('ends with the client, and the call that was under way with a value', async () => {
    const client = createCrunClient({ baseUrl: simulator.baseUrl });
    const id = simulator.submit([{ step: 'hang' }]);
    const underWay = client.getResult(id, apiKey, 2_000);
    while (simulator.requestsFor(id).length === 0) await new Promise(setImmediate);
    client.close();
    expect(await underWay).toEqual({ kind: 'no-answer', fault: 'reset' });
  });
});
