import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { decide, noHistory } from '../../functions/poll/decide.ts';
import { inQueue, standardPolicy } from '../../functions/poll/policy.ts';

const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');

/** The polls of a task that is answered at that age, where slots are far and an invocation never lasts. */
function pollsOf(seconds: number): number {
  let polls = 1;
  for (let ageMs = 0; ageMs < seconds * 1_000; polls++) {
    const moment = {
      nowMs: ageMs,
      taskSinceMs: 0,
      pollingSinceMs: 0,
      invocationEndsAtMs: ageMs,
      isFirstInvocation: false,
      deadlineAtMs: 86_400_000,
      deadlineSeconds: 86_400,
    };
    const pending = { kind: 'pending', status: 'processing' } as const;
    const decision = decide(pending, noHistory, moment, inQueue(standardPolicy), 0.5);
    if (decision.next !== 'wait') throw new Error(`a wait was expected, not ${decision.next}`);
    ageMs += decision.waitSeconds * 1_000;
  }
  return polls;
}

describe('the documented throughput of a rate limit', () => {
  const [, text = ''] = page.split('## The rate limit');
  const rows = [...(text.split('\n## ')[0] ?? '').matchAll(/^\| ([\d., |]+) \|$/gm)].map(([, row = '']) =>
    row.split(' | ').map((cell) => Number(cell.replaceAll(',', ''))),
  );
  const polls = [2, 30, 600].map(pollsOf);

  it('is an hour of slots, divided by the polls of a task', () => {
    expect(rows.map(([rate]) => rate)).toEqual([0.5, 2, 10, 100]);
    for (const [rate = 0, ...cells] of rows) {
      const slots = rate * 3_600;
      expect(cells).toEqual([slots, ...polls.map((each) => Math.floor(slots / each))]);
    }
  });

  it('names those polls', () => {
    const named = /That is (.+) polls for each task/.exec(text)?.[1];
    expect(named?.split(/, | and /).map(Number)).toEqual(polls);
  });
});
