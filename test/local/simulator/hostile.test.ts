import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Answer } from '../../../local/simulator/script.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { apiKey, ask, askFor, resultPath, watchOne } from './ask.ts';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ apiKey });
});
afterEach(() => simulator.close());

const declaredLength = (head: string): number => Number(/content-length: (\d+)/i.exec(head)?.[1]);

describe('an answer that is no JSON', () => {
  it('is broken although its length is right', async () => {
    const response = await askFor(simulator, [{ step: 'brokenJson' }]);
    const text = await response.text();
    expect(response.headers.get('content-length')).toBe(String(text.length));
    expect(text).toMatch(/^\{"code":200/);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it.each([
    ['a page', { step: 'html', httpStatus: 502 }, 502, 'text/html', /^<!doctype html>/],
    ['nothing', { step: 'empty' }, 200, 'application/json; charset=utf-8', /^$/],
    ['a bare status', { step: 'bareStatus', httpStatus: 404 }, 404, 'text/plain; charset=utf-8', /^$/],
    [
      'any text',
      { step: 'bareStatus', httpStatus: 200, body: 'NaN' },
      200,
      'text/plain; charset=utf-8',
      /^NaN$/,
    ],
  ] satisfies [string, Answer, number, string, RegExp][])(
    'is %s',
    async (_what, step, httpStatus, type, body) => {
      const response = await askFor(simulator, [step]);
      expect([response.status, response.headers.get('content-type')]).toEqual([httpStatus, type]);
      expect(await response.text()).toMatch(body);
    },
  );

  it('is a redirect', async () => {
    const location = 'http://169.254.169.254/latest';
    const found = await askFor(simulator, [{ step: 'redirect', location }]);
    const moved = await askFor(simulator, [{ step: 'redirect', location, httpStatus: 308 }]);
    expect([found.status, moved.status]).toEqual([302, 308]);
    expect(moved.headers.get('location')).toBe(location);
  });
});

describe('a connection', () => {
  it('ends in good order before the declared length', async () => {
    const { head, body, ending } = await watchOne(simulator, [{ step: 'cutJson' }]);
    expect(ending).toBe('fin');
    expect(body).toMatch(/^\{"code":200/);
    expect(body.length).toBeLessThan(declaredLength(head));
  });

  it('is reset in the middle of the body', async () => {
    const { head, body, ending } = await watchOne(simulator, [{ step: 'resetMidBody' }]);
    expect(ending).toBe('reset');
    expect(body).toMatch(/^\{"code":200/);
    expect(body.length).toBeLessThan(declaredLength(head));
  });

  it('is reset before any byte', async () => {
    expect(await watchOne(simulator, [{ step: 'reset' }])).toEqual({ head: '', body: '', ending: 'reset' });
  });

  it('hangs without headers', async () => {
    expect(await watchOne(simulator, [{ step: 'hang' }], 40)).toEqual({ head: '', body: '', ending: 'open' });
  });

  it('hangs after the headers', async () => {
    const response = await askFor(simulator, [{ step: 'hangAfterHeaders' }]);
    expect(response.status).toBe(200);
    const read = response.text().catch(() => 'ended');
    expect(await Promise.race([read, sleep(30, 'still open')])).toBe('still open');
  });

  it('drips spaces one by one', async () => {
    const response = await askFor(simulator, [{ step: 'drip', everyMs: 5 }]);
    let seen = '';
    // Leaving the loop cancels the body.
    for await (const chunk of response.body ?? []) {
      seen += Buffer.from(chunk).toString();
      if (seen.length >= 4) break;
    }
    expect(seen.trim()).toBe('');
  });

  it('drips some spaces, then answers', async () => {
    const text = await (await askFor(simulator, [{ step: 'drip', everyMs: 1, bytes: 3 }])).text();
    expect(text).toMatch(/^ {3}\{"code":200/);
    expect(JSON.parse(text)).toMatchObject({ data: { status: 'succeeded' } });
  });

  it('speaks another protocol', async () => {
    const { head, ending } = await watchOne(simulator, [{ step: 'notHttp' }]);
    expect(head).toMatch(/^220 mail/);
    expect(ending).toBe('fin');
  });

  it('is good for the next call after a fault', async () => {
    const id = simulator.submit([
      { step: 'reset' },
      { step: 'cutJson' },
      { step: 'notHttp' },
      { step: 'succeeded', faces: 0 },
    ]);
    for (let call = 0; call < 3; call++) {
      await expect(ask(simulator, id).then((response) => response.text())).rejects.toThrow(TypeError);
    }
    expect(await (await ask(simulator, id)).json()).toMatchObject({ code: 200 });
  });
});

/** As it came over the wire: `fetch` would decode it. */
function rawBody(step: Answer): Promise<{ headers: http.IncomingHttpHeaders; body: Buffer }> {
  const id = simulator.submit([step]);
  return new Promise((resolve, reject) => {
    const url = `${simulator.baseUrl}${resultPath}?detect_task_id=${id}`;
    const get = http.get(url, { headers: { 'x-api-key': apiKey } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    });
    get.on('error', reject);
  });
}

describe('an encoded answer', () => {
  it('comes compressed, asked for or not', async () => {
    const { headers, body } = await rawBody({ step: 'gzip' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(body).toString())).toMatchObject({ data: { status: 'succeeded' } });
  });

  it('decompresses to far more than it sends', async () => {
    const bombBytes = 32 * 1024 * 1024;
    const { body } = await rawBody({ step: 'gzip', bombBytes });
    expect(body.length).toBeLessThan(bombBytes / 500);
    const text = gunzipSync(body);
    expect(text.length).toBeGreaterThan(bombBytes);
    expect(text.subarray(bombBytes).toString()).toMatch(/^\{"code":200/);
  });
});

describe('an answer too large', () => {
  it('streams more than 8 MiB without saying so', async () => {
    const { headers, body } = await rawBody({ step: 'tooLarge' });
    expect(headers).not.toHaveProperty('content-length');
    expect(body.length).toBeGreaterThan(8 * 1024 * 1024);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 200 });
  });

  it('has the size that the script asks for, and stops when the reader does', async () => {
    const response = await askFor(simulator, [{ step: 'tooLarge', bytes: 1_000 * 1024 * 1024 }]);
    await response.body?.cancel();
    const { body } = await rawBody({ step: 'tooLarge', bytes: 100_000 });
    expect(body.toString().trimStart().length).toBe(body.length - 100_000);
  });

  it('has a header past what Node reads', async () => {
    await expect(rawBody({ step: 'longHeader' })).rejects.toMatchObject({ code: 'HPE_HEADER_OVERFLOW' });
  });
});

describe('a step that cannot be sent', () => {
  it('is reported to its author', async () => {
    const response = await askFor(simulator, [{ step: 'redirect', location: 'a\nb' }]);
    expect(response.status).toBe(500);
    expect(await response.text()).toMatch(/^The simulator cannot answer: /);
  });
});
