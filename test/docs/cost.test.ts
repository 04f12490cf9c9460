import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { priceOf } from '../../client/price.ts';
import { createWorld } from '../support/world.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

async function rowFor(label: string, seconds: number): Promise<string> {
  const world = await createWorld();
  try {
    world.simulator.submit(
      [
        { step: 'after', ms: seconds * 1_000 },
        { step: 'succeeded', faces: 3 },
      ],
      'task',
    );
    await world.execute('1-task', { detect_task_id: 'task' });
    const detection = await world.client.get('task');
    if (detection?.final_at === undefined) throw new Error('the task did not end');
    const { created_at, final_at, polls, visits, transitions, lambda_ms } = detection;
    const tookSeconds = (Date.parse(final_at) - Date.parse(created_at)) / 1_000;
    const dollars = (1_000 * priceOf(detection)).toFixed(3);
    return `| ${label} | ${tookSeconds.toFixed(1)} s | ${polls} | ${visits} | ${transitions} | ${(lambda_ms / 1_000).toFixed(1)} s | $${dollars} |`;
  } finally {
    await world.close();
  }
}

describe("the README's cost of a thousand tasks", () => {
  it.each([
    ['2 s', 2],
    ['30 s', 30],
    ['10 min', 600],
  ])('is what the workflow takes for a task of %s', async (label, seconds) => {
    const told = readme.split('\n').find((line) => line.startsWith(`| ${label} |`));
    expect(told).toBe(await rowFor(label, seconds));
  });
});
