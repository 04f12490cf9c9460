import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { apiKey, ask, matching, post, resultPath, watch } from './ask.ts';

let simulator: Simulator;
let nowMs = 0;
beforeEach(async () => {
  nowMs = Date.UTC(2026, 4, 27, 12, 14, 3);
  simulator = await startSimulator({ apiKey, now: () => nowMs });
});
afterEach(() => simulator.close());

const codes = async (detectTaskId: string, calls: number): Promise<unknown[]> => {
  const seen = [];
  for (let call = 0; call < calls; call++) {
    const { code, data } = (await (await ask(simulator, detectTaskId)).json()) as {
      code: number;
      data: { status: string } | null;
    };
    seen.push(data?.status ?? code);
  }
  return seen;
};

const submit = async (
  call: string,
  body: unknown,
): Promise<{ code: number; data: { detect_task_id: string } }> =>
  (await (await post(simulator, call, JSON.stringify(body))).json()) as never;

describe('a script', () => {
  it('is answered step by step, and its last step repeats forever', async () => {
    const id = simulator.submit([
      { step: 'pending', status: 'starting' },
      { step: 'code', code: 500, times: 2 },
      { step: 'pending', status: 'queued' },
      { step: 'succeeded', faces: 0 },
    ]);
    expect(await codes(id, 6)).toEqual(['starting', 500, 500, 'queued', 'succeeded', 'succeeded']);
  });

  it('is read by its own task alone', async () => {
    const one = simulator.submit([
      { step: 'pending', status: 'processing' },
      { step: 'failed', error: null },
    ]);
    const other = simulator.submit([{ step: 'succeeded', faces: 0 }], 'other');
    expect(await codes(other, 2)).toEqual(['succeeded', 'succeeded']);
    expect(await codes(one, 2)).toEqual(['processing', 'failed']);
  });

  it('waits by the clock: a third of the time starting, then processing', async () => {
    const id = simulator.submit([
      { step: 'after', ms: 3_000 },
      { step: 'succeeded', faces: 0 },
    ]);
    const seen = [];
    for (const ms of [0, 999, 1, 1_999, 1]) {
      nowMs += ms;
      seen.push(...(await codes(id, 1)));
    }
    expect(seen).toEqual(['starting', 'starting', 'processing', 'processing', 'succeeded']);
  });

  it('begins anew when its id is submitted again', async () => {
    const id = simulator.submit([{ step: 'succeeded', faces: 0 }]);
    expect(await codes(id, 1)).toEqual(['succeeded']);
    simulator.submit([{ step: 'failed', error: null }], id);
    expect(await codes(id, 1)).toEqual(['failed']);
  });
});

describe('script left unread', () => {
  it('is reported until every step has answered as often as it says', async () => {
    const id = simulator.submit([
      { step: 'code', code: 500 },
      { step: 'succeeded', faces: 0, times: 2 },
    ]);
    for (let call = 0; call < 3; call++) {
      expect(simulator.unread()).toEqual([id]);
      await codes(id, 1);
    }
    expect(simulator.unread()).toEqual([]);
  });

  it('is reported of a task that was polled only while it waited', async () => {
    const id = simulator.submit([
      { step: 'after', ms: 10 },
      { step: 'succeeded', faces: 0 },
    ]);
    await codes(id, 5);
    expect(simulator.unread()).toEqual([id]);
    nowMs += 10;
    await codes(id, 1);
    expect(simulator.unread()).toEqual([]);
  });
});

describe('the key', () => {
  it.each(['wrong', ''])('%j is rejected with HTTP 200 and code 401, and reads no script', async (key) => {
    const id = simulator.submit([{ step: 'succeeded', faces: 0 }]);
    const response = await ask(simulator, id, key);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ code: 401, message: 'unauthorized', data: null });
    expect(simulator.unread()).toEqual([id]);
  });

  it('can be rotated', async () => {
    const id = simulator.submit([{ step: 'succeeded', faces: 0 }]);
    simulator.apiKey = 'the next key';
    expect(await (await ask(simulator, id)).json()).toMatchObject({ code: 401 });
    expect(await (await ask(simulator, id, 'the next key')).json()).toMatchObject({ code: 200 });
  });

  it('is checked before a submission is', async () => {
    expect(await (await post(simulator, 'detect-face-image', '{}', 'wrong')).json()).toMatchObject({
      code: 401,
    });
  });
});

describe('a call', () => {
  it('for an unknown task gets HTTP 200 with code 404', async () => {
    const response = await ask(simulator, '__proto__');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ code: 404, message: 'not found', data: null });
  });

  it('without a task id gets 422', async () => {
    const response = await fetch(`${simulator.baseUrl}${resultPath}`, { headers: { 'x-api-key': apiKey } });
    expect(response.status).toBe(422);
    const errors = [{ field: 'detect_task_id', message: 'is required' }];
    expect(await response.json()).toEqual({ code: 422, message: 'validation error', errors });
  });

  it.each([
    ['GET', '/'],
    ['POST', resultPath],
    ['GET', '/api/v1/client/job/detect-face-image'],
    ['POST', '/api/v1/client/job/CreateTask'],
  ])('%s %s gets HTTP 404 without an envelope', async (method, path) => {
    const response = await fetch(`${simulator.baseUrl}${path}`, { method, headers: { 'x-api-key': apiKey } });
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('Not Found');
  });
});

describe('a submission', () => {
  it('gets an id of eighteen lower-case letters and digits', async () => {
    const { code, data } = await submit('detect-face-image', { image_url: 'https://media.example/a.jpg' });
    expect(code).toBe(200);
    expect(data).toEqual({ detect_task_id: matching(/^[a-z0-9]{18}$/) });
    expect(await codes(data.detect_task_id, 1)).toEqual(['starting']);
  });

  it('can carry its script', async () => {
    const script = [
      { step: 'code', code: 455 },
      { step: 'failed', error: 'no face' },
    ];
    const { data } = await submit('detect-face-video', { video_url: 'https://media.example/a.mp4', script });
    expect(await codes(data.detect_task_id, 2)).toEqual([455, 'failed']);
  });

  it.each([
    ['no JSON', 'detect-face-image', '{', 'body'],
    ['no object', 'detect-face-image', '[]', 'body'],
    ['more than a megabyte', 'detect-face-image', `{"image_url":"${'x'.repeat(1_048_576)}"}`, 'body'],
    ['no URL', 'detect-face-image', '{}', 'image_url'],
    ['a URL of another scheme', 'detect-face-image', '{"image_url":"file:///etc/passwd"}', 'image_url'],
    [
      'the field of the other call',
      'detect-face-video',
      '{"image_url":"https://media.example/a"}',
      'video_url',
    ],
    ['a bad script', 'detect-face-image', '{"image_url":"https://media.example/a","script":[]}', 'script'],
  ])('with %s gets 422', async (_what, call, body, field) => {
    const response = await post(simulator, call, body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 422,
      errors: [{ field, message: matching(/./) }],
    });
  });
});

describe('every call', () => {
  it('is recorded with its key, its task and its moment', async () => {
    const id = simulator.submit([{ step: 'succeeded', faces: 0 }]);
    await ask(simulator, id);
    nowMs += 5;
    await ask(simulator, id, 'wrong');
    await ask(simulator, 'unknown');
    await post(simulator, 'detect-face-image', '{}');
    expect(simulator.requests.map(({ method, path }) => [method, path])).toEqual([
      ['GET', resultPath],
      ['GET', resultPath],
      ['GET', resultPath],
      ['POST', '/api/v1/client/job/detect-face-image'],
    ]);
    expect(simulator.requestsFor(id)).toMatchObject([
      { detectTaskId: id, headers: { 'x-api-key': apiKey }, atMs: nowMs - 5 },
      { detectTaskId: id, headers: { 'x-api-key': 'wrong' }, atMs: nowMs },
    ]);
  });
});

describe('closing', () => {
  it('ends hanging connections at once, and may be repeated', async () => {
    const id = simulator.submit([{ step: 'hang' }]);
    const dripping = simulator.submit([{ step: 'drip', everyMs: 5 }]);
    const watched = [watch(simulator, id), watch(simulator, dripping)];
    while (simulator.requests.length < 2) await new Promise(setImmediate);
    await simulator.close();
    for (const { ending } of await Promise.all(watched)) expect(ending).not.toBe('open');
    await simulator.close();
    await expect(ask(simulator, id)).rejects.toThrow('fetch failed');
  });

  it('happens at the end of the scope that holds it', async () => {
    let baseUrl: string;
    {
      await using scoped = await startSimulator({ apiKey });
      ({ baseUrl } = scoped);
    }
    await expect(fetch(baseUrl)).rejects.toThrow('fetch failed');
  });
});

describe('a port', () => {
  it('that is taken is an error', async () => {
    const port = Number(new URL(simulator.baseUrl).port);
    await expect(startSimulator({ apiKey, port })).rejects.toThrow('EADDRINUSE');
  });
});
