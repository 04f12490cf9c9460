import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { InvocationResult } from '../../../functions/poll/state.ts';
import {
  code,
  down,
  failed,
  processing,
  type Reply,
  starting,
  succeeded,
  invocationsTo,
} from '../../support/invocations.ts';
import { facesOf, newId, noonMs, ownerNamed, some, testClock } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const minute = 60_000;
const kindOf = (answer: InvocationResult) => answer.next;

describe('a rival', () => {
  it('does not poll while the lease is held, and answers with its record', async () => {
    const invocations = invocationsTo(table, [processing]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
    const carried = await invocations.invoke('rival', { detect_task_id });
    expect(carried).toMatchObject({ next: 'wait', detect_task_id, attempt: 1, wait_seconds: 1, polls: 0 });
    expect(invocations.asked).toEqual([]);
    expect(table.calls()).toEqual({ GetItem: 1 });

    const head = await invocations.headOf(detect_task_id);
    await invocations.records.complete(head, { kind: 'succeeded', detectId: 'd', faces: facesOf(2) }, some);
    expect(await invocations.invoke('rival', carried)).toEqual({
      v: 2,
      next: 'settled',
      detect_task_id,
      output: { detect_task_id, status: 'succeeded', detect_id: 'd', face_count: 2 },
    });
    expect(invocations.asked).toEqual([]);
  });

  it.each([
    [0, 1],
    [100_000, 5],
    [240_000, 7],
    [299_000, 1],
  ])(
    'reads a record of %d ms by the schedule, and at the latest when the lease expires',
    async (ageMs, seconds) => {
      const invocations = invocationsTo(table, [starting]);
      const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
      invocations.clock.pass(ageMs);
      expect(await invocations.invoke('rival', { detect_task_id })).toMatchObject({ wait_seconds: seconds });
    },
  );

  it('takes over an expired lease, and polls on from the record', async () => {
    const invocations = invocationsTo(table, [processing]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
    const carried = await invocations.invoke('holder', { detect_task_id });
    expect(carried).toMatchObject({ next: 'wait', polls: 10 });
    invocations.clock.pass(6 * minute);
    const answer = await invocations.invoke('rival', { detect_task_id });
    expect(answer).toMatchObject({ next: 'wait', attempt: 1, has_seen_processing: true });
    expect(invocations.asked).toHaveLength(11);
    expect(await invocations.headOf(detect_task_id)).toMatchObject({
      ...ownerNamed('rival'),
      due_at: new Date(invocations.clock.now() + 5 * minute).toISOString(),
    });
    // The first execution comes back and is the rival now.
    expect(await invocations.invoke('holder', carried)).toMatchObject({ next: 'wait' });
    expect(invocations.asked).toHaveLength(11);
  });

  it('takes over exactly once when two race for a lease', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
    invocations.clock.pass(6 * minute);
    const answers = await Promise.all(
      ['one', 'other'].map((name) => invocations.invoke(name, { detect_task_id })),
    );
    expect(answers.map(kindOf)).toEqual(['wait', 'wait']);
    expect(invocations.asked).toHaveLength(1);
    const { execution_name } = await invocations.headOf(detect_task_id);
    expect(['one', 'other']).toContain(execution_name);
  });

  it('takes over a record without a due time', async () => {
    const invocations = invocationsTo(table, [succeeded([])]);
    const head = await invocations.begun({}, ownerNamed('holder'));
    const { due_at: _at, due_shard: _shard, ...undue } = head;
    await table.drop(head.detect_task_id);
    await invocations.records.create(undue, { mayReplaceTombstone: false });
    expect(await invocations.invoke('rival', { detect_task_id: head.detect_task_id })).toMatchObject({
      next: 'settled',
    });
  });

  it('takes over at once from an execution that is known to have ended', async () => {
    const lost: string[] = [];
    const isLost = async (arn: string) => lost.push(arn) > 0;
    const invocations = invocationsTo(table, [succeeded([])], { isLost });
    const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
    expect(await invocations.invoke('rival', { detect_task_id })).toMatchObject({ next: 'settled' });
    expect(lost).toEqual([ownerNamed('holder').execution_arn]);
  });

  it('that takes over after the deadline abandons without a call', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({ deadline_seconds: 60 }, ownerNamed('holder'));
    invocations.clock.pass(minute);
    expect(await invocations.invoke('rival', { detect_task_id })).toMatchObject({
      next: 'abandoned',
      error: { code: 'DEADLINE_EXCEEDED' },
    });
    expect(invocations.asked).toEqual([]);
  });

  it('takes over once even where the acknowledgement is lost', async () => {
    const invocations = invocationsTo(table, [succeeded([])]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
    invocations.clock.pass(6 * minute);
    table.fail('UpdateItem', 'lost-ack');
    expect(await invocations.invoke('rival', { detect_task_id })).toMatchObject({ next: 'settled' });
    expect(invocations.asked).toHaveLength(1);
  });
});

describe('many first invocations at once', () => {
  it('do not bring back a task that was started and forgotten between their read and write', async () => {
    const id = newId();
    const invocations = invocationsTo(table, [starting]);
    table.before('PutItem', async () => {
      await invocations.begun({ detect_task_id: id });
      await invocations.records.forget(id);
    });
    expect(await invocations.invoke('1', { detect_task_id: id })).toMatchObject({ next: 'rejected-input' });
    expect(invocations.asked).toEqual([]);
    expect((await invocations.records.read(id)).kind).toBe('forgotten');
  });

  it('make one record with one lease holder, and only that one calls', async () => {
    const id = newId();
    const invocations = invocationsTo(table, [starting]);
    const names = Array.from({ length: 20 }, (_, rival) => `rival-${rival}`);
    const answers = await Promise.all(names.map((name) => invocations.invoke(name, { detect_task_id: id })));
    expect(new Set(answers.map(kindOf))).toEqual(new Set(['wait']));
    const own = answers.filter((answer) => answer.next === 'wait' && answer.polls > 0);
    expect(own).toMatchObject([{ polls: invocations.asked.length }]);
    expect(names).toContain((await invocations.headOf(id)).execution_name);
  });
});

/** Rivals of one task, each invoked when its wait is over; some die on the way. */
async function interleave(rivals: { startMs: number; invocations: number }[], replies: Reply[]) {
  const id = newId();
  const clock = testClock();
  const invocations = invocationsTo(table, replies, { clock });
  const queue = rivals.map(({ startMs, invocations: left }, rival) => ({
    atMs: noonMs + startMs,
    name: `rival-${rival}`,
    left,
    state: { detect_task_id: id } as unknown,
  }));
  const answers: InvocationResult[] = [];
  const pollers: string[] = [];
  while (queue.length > 0) {
    queue.sort((a, b) => a.atMs - b.atMs);
    const next = queue.shift();
    if (next === undefined || next.left === 0) continue;
    clock.pass(Math.max(next.atMs - clock.now(), 0));
    const before = invocations.asked.length;
    const answer = await invocations.invoke(next.name, next.state);
    if (invocations.asked.length > before && pollers.at(-1) !== next.name) pollers.push(next.name);
    if (answer.next === 'wait') {
      const atMs = clock.now() + answer.wait_seconds * 1_000;
      queue.push({ ...next, atMs, left: next.left - 1, state: answer });
    } else answers.push(answer);
  }
  return { id, invocations, answers, pollers };
}

describe('rivals in any order, some of which die', () => {
  const story: Reply[] = [starting, processing, down, code(429, 'slow', '7'), processing, down];
  // A holder that is silent during a long wait is not dead.
  const replies = [...story, code(455), ...story, code(429, 'slow', '900'), code(402), ...story];
  const mortal = fc.record({
    startMs: fc.integer({ min: 0, max: 400_000 }),
    invocations: fc.integer({ min: 0, max: 12 }),
  });

  it('get equal results, and one polls at a time, the next one only after the lease expired', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(mortal, { maxLength: 4 }),
        fc.constantFrom(succeeded(facesOf(2)), failed(), code(505), starting),
        async (mortals, last) => {
          // At least one lives to the end.
          const rivals = [...mortals, { startMs: 200_000, invocations: Infinity }];
          const { id, invocations, answers, pollers } = await interleave(rivals, [...replies, last]);
          const head = await invocations.headOf(id);
          expect(['succeeded', 'failed', 'abandoned']).toContain(head.status);
          expect(Date.parse(head.final_at ?? '')).toBeLessThanOrEqual(Date.parse(head.deadline_at));
          expect(answers.length).toBeGreaterThan(0);
          expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toHaveProperty('size', 1);
          expect(new Set(pollers)).toHaveProperty('size', pollers.length);
          expect(head.polls).toBeLessThanOrEqual(invocations.asked.length);
        },
      ),
      { numRuns: 20 },
    );
  });
});
