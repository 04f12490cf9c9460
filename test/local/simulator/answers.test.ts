import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Answer } from '../../../local/simulator/script.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { apiKey, ask, askFor, matching } from './ask.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey, now: () => Date.UTC(2026, 4, 27, 12, 14, 3) });
});
afterAll(() => simulator.close());

const link = (index: number): unknown =>
  matching(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/faces/task/${index}\\.png$`));
const succeeded = {
  code: 200,
  message: 'success',
  data: {
    detect_task_id: 'task',
    status: 'succeeded',
    error: null,
    result: {
      id: matching(/^\w{11}$/),
      status: 'succeed',
      type: 'face_detect',
      hair_id: null,
      faces: [{ id: 0, link: link(0) }],
      started_at: '2026-05-27 12:14:03',
      finished_at: '2026-05-27 12:14:04',
      error: null,
    },
  },
};

const bodyOf = async (step: Answer): Promise<unknown> => {
  simulator.submit([step], 'task');
  return (await ask(simulator, 'task')).json();
};

describe('the envelope', () => {
  it.each([
    ['pending', { step: 'pending', status: 'starting' }, { status: 'starting', error: null, result: null }],
    ['tersely pending', { step: 'pending', status: 'On Hold', isTerse: true }, { status: 'On Hold' }],
    [
      'failed for no reason',
      { step: 'failed', error: null },
      { status: 'failed', error: null, result: null },
    ],
    [
      'failed with a sentence',
      { step: 'failed', error: 'no' },
      { status: 'failed', error: 'no', result: null },
    ],
    ['tersely failed', { step: 'failed', error: null, isTerse: true }, { status: 'failed' }],
    [
      'tersely failed with words',
      { step: 'failed', error: { code: 7 }, isTerse: true },
      { status: 'failed', error: { code: 7 } },
    ],
  ] satisfies [string, Answer, object][])('of a task that is %s', async (_what, step, data) => {
    expect(await bodyOf(step)).toEqual({
      code: 200,
      message: 'success',
      data: { detect_task_id: 'task', ...data },
    });
  });

  it('of a success has every documented field, the same at each call', async () => {
    const first = await bodyOf({ step: 'succeeded', faces: 1 });
    expect(first).toEqual(succeeded);
    expect(await (await ask(simulator, 'task')).json()).toEqual(first);
  });

  it('of a success takes what the script says', async () => {
    const faces = [{ id: 7, link: 'https://media.example/7.jpg' }];
    const times = { startedAt: 1_780_000_000_000, finishedAt: null };
    const body = await bodyOf({ step: 'succeeded', status: 'SUCCESS', faces, detectId: 'd', ...times });
    expect(body).toMatchObject({
      data: {
        status: 'SUCCESS',
        result: { id: 'd', faces, started_at: 1_780_000_000_000, finished_at: null },
      },
    });
  });

  it('of ten thousand faces with long links stays just under 8 MiB', async () => {
    const response = await askFor(simulator, [{ step: 'succeeded', faces: 10_000, linkBytes: 810 }]);
    const text = await response.text();
    expect(text.length).toBeLessThan(8 * 1024 * 1024);
    expect(text.length).toBeGreaterThan(7.9 * 1024 * 1024);
    expect(response.headers.get('content-length')).toBe(String(text.length));
  });
});

describe('a code', () => {
  it.each([401, 402, 403, 404, 429, 455, 500, 501, 505])(
    '%i comes with HTTP 200 and no data',
    async (code) => {
      const response = await askFor(simulator, [{ step: 'code', code }]);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        code,
        message: matching(/^[a-z ]+$/),
        data: null,
      });
    },
  );

  it('422 comes with errors and without data', async () => {
    expect(await bodyOf({ step: 'code', code: 422 })).toEqual({
      code: 422,
      message: 'validation error',
      errors: [],
    });
  });

  it('goes with any HTTP status, as digits too, and the header as it stands', async () => {
    const step = {
      step: 'code',
      code: '429',
      httpStatus: 503,
      message: 'slow down',
      retryAfter: '30, 60',
    } as const;
    const response = await askFor(simulator, [step]);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('30, 60');
    expect(await response.json()).toEqual({ code: '429', message: 'slow down', data: null });
  });

  it('of the body leaves the HTTP status of a task alone', async () => {
    const response = await askFor(simulator, [
      { step: 'succeeded', faces: 0, httpStatus: 500, retryAfter: '1' },
    ]);
    expect([response.status, response.headers.get('retry-after')]).toEqual([500, '1']);
    expect(await response.json()).toMatchObject({ code: 200, data: { status: 'succeeded' } });
  });
});

describe('JSON that breaks the contract', () => {
  it('lacks the result', async () => {
    expect(await bodyOf({ step: 'nullResult' })).toEqual({
      ...succeeded,
      data: { ...succeeded.data, result: null },
    });
  });

  it('names another task', async () => {
    expect(await bodyOf({ step: 'wrongId' })).toMatchObject({
      code: 200,
      data: { detect_task_id: 'another0task0000id' },
    });
  });

  it('has another shape', async () => {
    expect(await bodyOf({ step: 'wrongShape' })).not.toHaveProperty('data.result.faces');
    expect(await bodyOf({ step: 'wrongShape', data: [1] })).toEqual({
      code: 200,
      message: 'success',
      data: [1],
    });
    expect(await bodyOf({ step: 'wrongShape', data: null })).toMatchObject({ data: null });
  });

  it('has more fields than documented', async () => {
    const body = await bodyOf({ step: 'extraFields' });
    expect(body).toMatchObject({ ...succeeded, request_id: 'extra', data: { queue: 'extra' } });
    expect(body).toMatchObject({
      data: { result: { model: 'extra', faces: [{ id: 0, link: link(0), score: 0.98 }] } },
    });
  });

  it('has keys that reach for the prototype', async () => {
    simulator.submit([{ step: 'prototypeKeys' }], 'task');
    const text = await (await ask(simulator, 'task')).text();
    expect(text.match(/"__proto__":\{"status":"failed","isPolluted":true\}/g)).toHaveLength(3);
    expect(text.match(/"constructor":\{"prototype":\{"isPolluted":true\}\}/g)).toHaveLength(3);
    expect(JSON.parse(text)).toMatchObject(succeeded);
  });

  it('says a key twice, the good news last', async () => {
    const text = await (await askFor(simulator, [{ step: 'duplicateKeys' }])).text();
    expect(text).toContain('"status":"failed","status":"succeeded"');
    expect(JSON.parse(text)).toMatchObject({ data: { status: 'succeeded' } });
  });

  it('has a number past 2^53 for an id', async () => {
    const text = await (await askFor(simulator, [{ step: 'numericId' }])).text();
    expect(text).toContain('"result":{"id":9007199254740993,');
  });
});
