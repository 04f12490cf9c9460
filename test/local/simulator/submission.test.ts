import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import type { SubmissionStep } from '../../../local/simulator/submission.ts';
import { apiKey, ask, post } from './ask.ts';

let simulator: Simulator;
let nowMs = 0;
beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 28);
  simulator = await startSimulator({ apiKey, now: () => nowMs });
});
afterEach(() => simulator.close());

const submit = async (name = 'a.jpg'): Promise<{ httpStatus: number; text: string }> => {
  const body = JSON.stringify({ image_url: `https://media.example/${name}` });
  const response = await post(simulator, 'detect-face-image', body);
  return { httpStatus: response.status, text: await response.text() };
};
const idOf = ({ text }: { text: string }): string =>
  (JSON.parse(text) as { data: { detect_task_id: string } }).data.detect_task_id;
const statusAt = async (of: Simulator, id: string): Promise<unknown> => {
  const answer = (await (await ask(of, id)).json()) as { code: number; data: { status: string } | null };
  return answer.data?.status ?? answer.code;
};

describe('what a submission meets', () => {
  it.each<[SubmissionStep, number, string]>([
    [{ step: 'code', code: 402 }, 200, '"code":402'],
    [{ step: 'code', code: 429, httpStatus: 429, retryAfter: '3' }, 429, '"code":429'],
    [{ step: 'page', httpStatus: 502, isCreated: false }, 502, '<h1>502</h1>'],
    [{ step: 'page', httpStatus: 502, isCreated: true }, 502, '<h1>502</h1>'],
  ])('%o', async (step, httpStatus, text) => {
    simulator.scriptSubmissions(step);
    const answer = await submit();
    expect(answer.httpStatus).toBe(httpStatus);
    expect(answer.text).toContain(text);
    expect(simulator.created).toHaveLength('isCreated' in step && step.isCreated ? 1 : 0);
    await submit();
    expect(simulator.created.at(-1)).toMatchObject({
      call: 'image',
      mediaUrl: 'https://media.example/a.jpg',
    });
  });

  it.each<[SubmissionStep, number]>([
    [{ step: 'reset-before-body' }, 0],
    [{ step: 'reset', isCreated: false }, 0],
    [{ step: 'reset', isCreated: true }, 1],
    [{ step: 'cut', isCreated: true }, 1],
    [{ step: 'reset-in-answer', isCreated: true }, 1],
  ])('%o breaks the connection', async (step, created) => {
    simulator.scriptSubmissions(step);
    await expect(submit()).rejects.toThrow(/fetch failed|terminated/);
    expect(simulator.created).toHaveLength(created);
  });

  it('an answer that is no JSON, or comes late, after the task is created', async () => {
    simulator.scriptSubmissions({ step: 'not-json', isCreated: true }, { step: 'accept', afterMs: 5 });
    const broken = await submit();
    expect(() => JSON.parse(broken.text) as unknown).toThrow(SyntaxError);
    expect(idOf(await submit())).toMatch(/^[a-z0-9]{18}$/);
    expect(simulator.created).toHaveLength(2);
  });

  it('is said by the name of the media where nothing else says it', async () => {
    expect((await submit('submit-402.jpg')).text).toContain('"code":402');
    await expect(submit('submit-reset.png')).rejects.toThrow('fetch failed');
    expect(simulator.created).toHaveLength(0);
    await expect(submit('submit-lost.png')).rejects.toThrow('fetch failed');
    expect(simulator.created).toHaveLength(1);
    expect((await submit('submit-200.jpg')).text).toContain('"code":200');
  });
});

describe('a task that was submitted', () => {
  it('goes on at the simulator of another process, from the moment of its submission', async () => {
    const id = idOf(await submit('sample-group.jpg'));
    await using other = await startSimulator({ apiKey, now: () => nowMs });
    expect(await statusAt(other, id)).toBe('starting');
    nowMs += 2_500;
    expect(await statusAt(other, id)).toBe('succeeded');
    expect(other.knows(id)).toBe(true);
  });

  it('is known by its id; what no simulator made is not', async () => {
    const id = idOf(await submit());
    const mistyped = `${id.slice(0, -1)}${id.endsWith('a') ? 'b' : 'a'}`;
    expect([id, mistyped, 'sample-image', 'sample-none', 'x'].map((one) => simulator.knows(one))).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(await statusAt(simulator, mistyped)).toBe(404);
  });

  it('with a script of its own is known to its own simulator alone', async () => {
    const id = simulator.submit([{ step: 'failed', error: null }]);
    await using other = await startSimulator({ apiKey, now: () => nowMs });
    expect([simulator.knows(id), other.knows(id)]).toEqual([true, false]);
    expect(await statusAt(other, id)).toBe(404);
  });
});
