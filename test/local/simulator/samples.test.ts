import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { sampleForMedia, sampleIds, type SampleId } from '../../../local/simulator/samples.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { apiKey, ask, matching } from './ask.ts';

let simulator: Simulator;
let nowMs = 0;
beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 22);
  simulator = await startSimulator({ apiKey, now: () => nowMs });
});
afterEach(() => simulator.close());

interface Answered {
  code: number;
  data: { status: string; error: unknown; result: { faces: { link: string }[] } | null } | null;
}
const answerOf = async (id: string): Promise<Answered> =>
  (await (await ask(simulator, id)).json()) as Answered;

describe('a sample', () => {
  it.each([
    ['sample-image', 1_500, 1],
    ['sample-group', 2_500, 5],
    ['sample-gif', 4_000, 2],
    ['sample-video', 8_000, 3],
  ])('%s takes %i ms from the first call, and has %i faces', async (id, ms, faces) => {
    nowMs += 60_000;
    expect((await answerOf(id)).data?.status).toBe('starting');
    nowMs += ms - 1;
    expect((await answerOf(id)).data?.status).toBe('processing');
    nowMs += 1;
    const { data } = await answerOf(id);
    expect(data?.status).toBe('succeeded');
    expect(data?.result?.faces).toHaveLength(faces);
    expect(data?.result?.faces[0]?.link).toBe(`${simulator.baseUrl}/faces/${id}/0.png`);
  });

  it('fails after two seconds', async () => {
    expect((await answerOf('sample-failing')).data?.status).toBe('starting');
    nowMs += 2_000;
    const { data } = await answerOf('sample-failing');
    expect(data).toMatchObject({ status: 'failed', error: matching(/could not be decoded/) });
  });

  it('is throttled once, then has its face', async () => {
    const response = await ask(simulator, 'sample-throttled');
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '2']);
    expect((await answerOf('sample-throttled')).data?.result?.faces).toHaveLength(1);
  });

  it('is not unread before its first call', async () => {
    expect(simulator.unread()).toEqual([]);
    await answerOf('sample-image');
    expect(simulator.unread()).toEqual(['sample-image']);
  });

  it('has a name that the task ids of callers may have', () => {
    for (const id of sampleIds) expect(id).toMatch(/^[a-z-]{1,64}$/);
  });
});

describe('a submission without a script', () => {
  it.each([
    ['image', 'https://media.example/holiday.jpg', 'sample-image'],
    ['image', 'https://media.example/', 'sample-image'],
    ['image', 'https://media.example/sample-group.jpg?size=1', 'sample-group'],
    ['image', 'https://media.example/a/sample-failing', 'sample-failing'],
    ['image', 'https://media.example/constructor.png', 'sample-image'],
    ['video', 'https://media.example/holiday.GIF', 'sample-gif'],
    ['video', 'https://media.example/holiday.mp4', 'sample-video'],
  ] satisfies ['image' | 'video', string, SampleId][])('of the %s %s is like %s', (kind, url, id) => {
    expect(sampleForMedia(kind, url)).toBe(id);
  });
});
