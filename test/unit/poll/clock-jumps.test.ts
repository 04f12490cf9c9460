/** Each sandbox has a clock of its own, and a clock may be set. */
import { describe, expect, it } from 'vitest';

import type { InvocationResult } from '../../../functions/poll/state.ts';
import { processing, starting, succeeded, invocationsTo } from '../../support/invocations.ts';
import { facesOf, newId } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const minute = 60_000;

/** Runs a task to its end, with its clock set by `jumpMs` at one invocation. */
async function runWithJump(
  replies: Parameters<typeof invocationsTo>[1],
  jumpMs: number,
  atInvocation: number,
) {
  const invocations = invocationsTo(table, replies);
  const detect_task_id = newId();
  let state: unknown = { detect_task_id };
  let answer: InvocationResult;
  const waits: number[] = [];
  let count = 0;
  do {
    if (count === atInvocation) invocations.clock.pass(jumpMs);
    answer = await invocations.invoke('1', state);
    count += 1;
    if (answer.next === 'wait') {
      waits.push(answer.wait_seconds);
      invocations.clock.pass(answer.wait_seconds * 1_000);
    }
    state = answer;
  } while (answer.next === 'wait');
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...waits)).toBeLessThanOrEqual(60);
  return { answer, head: await invocations.headOf(detect_task_id), asked: invocations.asked };
}

describe('a clock that is set', () => {
  it.each([
    ['forward by five minutes', 5 * minute, 3],
    ['back by five minutes', -5 * minute, 3],
    ['back to before the task began', -24 * 60 * minute, 5],
  ])('%s does not cost the answer', async (_how, jumpMs, atInvocation) => {
    const replies = [...Array.from({ length: 30 }, () => processing), succeeded(facesOf(2))];
    const { answer, head, asked } = await runWithJump(replies, jumpMs, atInvocation);
    expect(answer).toMatchObject({ next: 'settled', output: { face_count: 2 } });
    expect(head).toMatchObject({ status: 'succeeded', polls: 31 });
    expect(asked).toHaveLength(31);
  });

  it('forward beyond the deadline ends the task without another call', async () => {
    const { answer, asked } = await runWithJump([starting], 90 * minute, 2);
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(asked.length).toBeLessThan(30);
  });

  it('back to before the task began still ends it by the deadline, polled at most twice a second', async () => {
    const { answer, head, asked } = await runWithJump([starting], -30 * minute, 40);
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'DEADLINE_EXCEEDED' } });
    expect((head.final_at ?? '') <= head.deadline_at).toBe(true);
    const gapsMs = asked.slice(1).map(({ atMs }, index) => atMs - (asked[index]?.atMs ?? 0));
    expect(gapsMs.filter((gapMs) => gapMs < 0)).toHaveLength(1);
    expect(gapsMs.filter((gapMs) => gapMs >= 0 && gapMs < 500)).toEqual([]);
  });
});
