import { describe, expect, it } from 'vitest';

import {
  after,
  code,
  down,
  processing,
  starting,
  succeeded,
  violating,
  invocationsTo,
  times,
} from '../../support/invocations.ts';
import { facesOf, newId, ownerNamed, testClock } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const minute = 60_000;

describe('the accounting of a record', () => {
  it.each([
    ['one invocation', [succeeded([])]],
    ['several invocations', [...times(25, processing), succeeded(facesOf(3))]],
    ['an invocation that ends in a failure', [...times(14, starting), code(501)]],
    ['a long wait', [code(455), code(429, 'slow', '300'), down, succeeded([])]],
    ['an abandonment at the deadline', [starting]],
    ['an abandonment after violations', [violating]],
  ])('is exact over %s: calls, invocations, states entered, milliseconds', async (_what, replies) => {
    const id = newId();
    const clock = testClock();
    const startedMs = clock.now();
    let waitedMs = 0;
    const invocations = invocationsTo(
      table,
      replies.map((reply) => after(clock, 120, reply)),
      {
        // Only time within invocations counts as Lambda's.
        clock: {
          ...clock,
          pass: (ms) => {
            waitedMs += ms;
            clock.pass(ms);
          },
        },
      },
    );
    const ran = await invocations.run('1', { detect_task_id: id, deadline_seconds: 900 });
    const head = await invocations.headOf(id);
    expect(head).toMatchObject({
      polls: invocations.asked.length,
      invocations: ran.invocations,
      transitions: ran.transitions,
      lambda_ms: Date.parse(head.final_at ?? '') - startedMs - waitedMs,
    });
  });

  it('counts three states for one invocation: Poll, the choice, the end', async () => {
    const id = newId();
    const invocations = invocationsTo(table, [succeeded([])]);
    await invocations.invoke('1', { detect_task_id: id });
    expect(await invocations.headOf(id)).toMatchObject({ polls: 1, invocations: 1, transitions: 3 });
  });

  it('goes on over a retry: it covers all attempts', async () => {
    const id = newId();
    const first = invocationsTo(table, [...times(12, starting), code(505)]);
    const one = await first.run('1', { detect_task_id: id });
    const abandoned = await first.headOf(id);
    await first.records.reopen(abandoned, ownerNamed('2', 2), 'new');
    const second = invocationsTo(table, [...times(12, starting), succeeded([])], { clock: first.clock });
    const two = await second.run('2', { detect_task_id: id });
    expect(await second.headOf(id)).toMatchObject({
      status: 'succeeded',
      polls: first.asked.length + second.asked.length,
      invocations: one.invocations + two.invocations,
      transitions: one.transitions + two.transitions,
    });
  });

  it('counts one state where Lambda runs a first invocation again after it reported progress', async () => {
    const id = newId();
    const invocations = invocationsTo(table, [processing]);
    await invocations.invoke('1', { detect_task_id: id });
    expect(await invocations.headOf(id)).toMatchObject({ status: 'processing', invocations: 1 });
    expect(await invocations.invoke('1', { detect_task_id: id })).toMatchObject({
      next: 'wait',
      invocations: 2,
      transitions: 1,
    });
  });

  it('is a lower bound after a take-over', async () => {
    const id = newId();
    const invocations = invocationsTo(table, [...times(30, processing), succeeded([])]);
    await invocations.invoke('owner', { detect_task_id: id });
    invocations.clock.pass(6 * minute);
    await invocations.run('rival', { detect_task_id: id });
    const { polls, invocations: counted } = await invocations.headOf(id);
    expect(polls).toBeLessThanOrEqual(invocations.asked.length);
    expect(polls).toBeGreaterThanOrEqual(invocations.asked.length - 10);
    expect(counted).toBeGreaterThan(1);
  });
});

describe('an invocation writes', () => {
  it('nothing where nothing changes for readers', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('1'));
    await invocations.invoke('1', { detect_task_id });
    expect(table.calls()).toEqual({ GetItem: 1 });
  });

  it('once that the provider has begun', async () => {
    const invocations = invocationsTo(table, [processing]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('1'));
    const carried = await invocations.invoke('1', { detect_task_id });
    expect(await invocations.headOf(detect_task_id)).toMatchObject({
      status: 'processing',
      polls: 10,
      invocations: 1,
    });
    table.reset();
    await invocations.invoke('1', carried);
    expect(table.calls()).toEqual({ GetItem: 1 });
  });

  it('a renewed lease where that would expire before the next invocation, which is rare', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('1'));
    let state: unknown = { detect_task_id };
    let renewals = 0;
    for (;;) {
      table.reset();
      const answer = await invocations.invoke('1', state);
      renewals += table.calls().UpdateItem ?? 0;
      if (answer.next !== 'wait') break;
      const nextMs = invocations.clock.now() + answer.wait_seconds * 1_000;
      const { due_at, deadline_at } = await invocations.headOf(detect_task_id);
      expect(Date.parse(due_at ?? '')).toBeGreaterThanOrEqual(
        Math.min(nextMs + minute, Date.parse(deadline_at)),
      );
      invocations.clock.pass(answer.wait_seconds * 1_000);
      state = answer;
    }
    // An hour in steps of about four minutes, and the end.
    expect(renewals).toBeGreaterThan(12);
    expect(renewals).toBeLessThan(20);
  });

  it.each([
    ['a hint of a quarter of an hour', code(429, 'slow', '900')],
    ['maintenance', code(455)],
  ])('enough for no rival to take over during %s', async (_what, reply) => {
    const invocations = invocationsTo(table, [reply]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('1'));
    const carried = await invocations.invoke('1', { detect_task_id });
    const calls = invocations.asked.length;
    invocations.clock.pass((carried as { wait_seconds: number }).wait_seconds * 1_000);
    await invocations.invoke('rival', { detect_task_id });
    expect(invocations.asked).toHaveLength(calls);
  });

  it('no renewal of a lease that the deadline caps', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({ deadline_seconds: 240 }, ownerNamed('1'));
    await invocations.run('1', { detect_task_id });
    // The final record, and that it was published.
    expect(table.calls().UpdateItem).toBe(2);
  });
});
