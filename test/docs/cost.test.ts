import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { priceOf } from '../../cli/price.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import { createWorld } from '../support/world.ts';

const page = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');

async function rowFor(label: string, seconds: number, type: WorkflowType): Promise<string> {
  const world = await createWorld({ type });
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
    const { created_at, final_at, polls, invocations, transitions, lambda_ms } = detection;
    const tookSeconds = (Date.parse(final_at) - Date.parse(created_at)) / 1_000;
    const dollars = (1_000 * priceOf(detection)).toFixed(3);
    return `| ${label} | ${{ STANDARD: 'Standard', EXPRESS: 'Express' }[type]} | ${tookSeconds.toFixed(1)} s | ${polls} | ${invocations} | ${transitions} | ${(lambda_ms / 1_000).toFixed(1)} s | $${dollars} |`;
  } finally {
    await world.close();
  }
}

describe('the cost of a thousand tasks', () => {
  it.each([
    ['2 s', 2, 'STANDARD'],
    ['2 s', 2, 'EXPRESS'],
    ['30 s', 30, 'STANDARD'],
    ['30 s', 30, 'EXPRESS'],
    ['10 min', 600, 'STANDARD'],
    ['10 min', 600, 'EXPRESS'],
  ] as const)(
    'is what the workflow takes for a task of %s, %s seconds, on %s',
    async (label, seconds, type) => {
      expect(page.split('\n')).toContain(await rowFor(label, seconds, type));
    },
  );
});
