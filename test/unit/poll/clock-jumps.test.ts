/** Each sandbox has a clock of its own, and a clock may be set. */
import { describe, expect, it } from 'vitest';

import { policyOf } from '../../../functions/poll/policy.ts';
import type { InvocationResult } from '../../../functions/poll/state.ts';
import { code, processing, starting, succeeded, invocationsTo } from '../../support/invocations.ts';
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

  it('right after a first invocation that was 40 days behind leaves a record that can be read', async () => {
    const { answer, head } = await runWithJump([starting], 40 * 24 * 60 * minute, 1);
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(head).toMatchObject({ status: 'abandoned' });
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

describe('a clock that is set back on Express', () => {
  const hold = code(429, 'slow down', '900');

  /** A task that is told to wait a quarter of an hour, over several executions. */
  async function inHold() {
    const invocations = invocationsTo(table, [hold, processing], { policy: policyOf('EXPRESS') });
    const first = await invocations.invoke('1', { detect_task_id: newId() });
    if (first.next !== 'wait') throw new Error(first.next);
    expect(Date.parse(first.not_before ?? '') - invocations.clock.now()).toBeGreaterThan(15 * minute);
    invocations.clock.pass(first.wait_seconds * 1_000);
    return { ...invocations, first };
  }

  it('does not end a wait early that it can explain', async () => {
    const { invoke, first, asked } = await inHold();
    expect(await invoke('1', first)).toMatchObject({ next: 'continue' });
    expect(asked).toHaveLength(1);
  });

  it('ends a wait that it cannot explain', async () => {
    const { clock, invoke, first, asked } = await inHold();
    clock.pass(-60 * minute);
    await invoke('1', first);
    expect(asked).toHaveLength(2);
  });

  it('ends the execution, whose age it does not know any more', async () => {
    const invocations = invocationsTo(table, [processing], { policy: policyOf('EXPRESS') });
    const first = await invocations.invoke('1', { detect_task_id: newId() });
    invocations.clock.pass(-60 * minute);
    expect(await invocations.invoke('1', first)).toMatchObject({
      next: 'continue',
      continuation: { input: { polls: invocations.asked.length } },
    });
  });

  it('counts the grace of an unknown task from now on', async () => {
    const invocations = invocationsTo(table, [starting, code(404)]);
    const detect_task_id = newId();
    const first = await invocations.invoke('1', { detect_task_id });
    invocations.clock.pass(-60 * minute);
    let answer = await invocations.invoke('1', first);
    const atMs = invocations.clock.now();
    while (answer.next === 'wait') {
      invocations.clock.pass(answer.wait_seconds * 1_000);
      answer = await invocations.invoke('1', answer);
    }
    expect(answer).toMatchObject({ next: 'settled', output: { error: { code: 'TASK_NOT_FOUND' } } });
    expect(invocations.clock.now() - atMs).toBeLessThan(2 * minute);
  });
});
