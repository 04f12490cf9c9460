import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { openTable } from '../../support/table.ts';
import { facesOf, newId, ownerNamed, testClock } from '../../support/records.ts';
import {
  after,
  code,
  down,
  processing,
  type Reply,
  starting,
  succeeded,
  violating,
  visitsTo,
} from './visits.ts';

const table = await openTable();
afterAll(() => table.close());
beforeEach(() => table.reset());

const minute = 60_000;
const times = (count: number, reply: Reply): Reply[] => Array.from({ length: count }, () => reply);

describe('the account of a record', () => {
  it.each([
    ['one visit', [succeeded([])]],
    ['several visits', [...times(25, processing), succeeded(facesOf(3))]],
    ['a visit that ends in a failure', [...times(14, starting), code(501)]],
    ['a long wait', [code(455), code(429, 'slow', '300'), down, succeeded([])]],
    ['giving up at the deadline', [starting]],
    ['giving up on violations', [violating]],
  ])('is exact over %s: calls, visits, states entered, milliseconds', async (_what, replies) => {
    const id = newId();
    const clock = testClock();
    const startedMs = clock.now();
    let waitedMs = 0;
    const visits = visitsTo(
      table,
      replies.map((reply) => after(clock, 120, reply)),
      {
        // Only time inside of visits is Lambda's.
        clock: {
          ...clock,
          pass: (ms) => {
            waitedMs += ms;
            clock.pass(ms);
          },
        },
      },
    );
    const ran = await visits.run('1', { detect_task_id: id, deadline_seconds: 900 });
    const head = await visits.headOf(id);
    expect(head).toMatchObject({
      polls: visits.asked.length,
      visits: ran.visits,
      transitions: ran.transitions,
      lambda_ms: Date.parse(head.final_at ?? '') - startedMs - waitedMs,
    });
  });

  it('of one visit is three states: Poll, the choice, the end', async () => {
    const id = newId();
    const visits = visitsTo(table, [succeeded([])]);
    await visits.visit('1', { detect_task_id: id });
    expect(await visits.headOf(id)).toMatchObject({ polls: 1, visits: 1, transitions: 3 });
  });

  it('goes on over a retry: it stands for all attempts', async () => {
    const id = newId();
    const first = visitsTo(table, [...times(12, starting), code(505)]);
    const one = await first.run('1', { detect_task_id: id });
    const abandoned = await first.headOf(id);
    await first.store.reopen(abandoned, ownerNamed('2', 2), 'new');
    const second = visitsTo(table, [...times(12, starting), succeeded([])], { clock: first.clock });
    const two = await second.run('2', { detect_task_id: id });
    expect(await second.headOf(id)).toMatchObject({
      status: 'succeeded',
      polls: first.asked.length + second.asked.length,
      visits: one.visits + two.visits,
      transitions: one.transitions + two.transitions,
    });
  });

  it('of a first visit that Lambda runs again, after it has reported progress, is of one state', async () => {
    const id = newId();
    const visits = visitsTo(table, [processing]);
    await visits.visit('1', { detect_task_id: id });
    expect(await visits.headOf(id)).toMatchObject({ status: 'processing', visits: 1 });
    expect(await visits.visit('1', { detect_task_id: id })).toMatchObject({
      next: 'wait',
      visits: 2,
      transitions: 1,
    });
  });

  it('is a lower bound after a taking over', async () => {
    const id = newId();
    const visits = visitsTo(table, [...times(30, processing), succeeded([])]);
    await visits.visit('owner', { detect_task_id: id });
    visits.clock.pass(6 * minute);
    await visits.run('rival', { detect_task_id: id });
    const { polls, visits: counted } = await visits.headOf(id);
    expect(polls).toBeLessThanOrEqual(visits.asked.length);
    expect(polls).toBeGreaterThanOrEqual(visits.asked.length - 10);
    expect(counted).toBeGreaterThan(1);
  });
});

describe('what a visit writes', () => {
  it('is nothing where nothing changes that a reader sees', async () => {
    const visits = visitsTo(table, [starting]);
    const { detect_task_id } = await visits.begun({}, ownerNamed('1'));
    await visits.visit('1', { detect_task_id });
    expect(table.calls()).toEqual({ GetItem: 1 });
  });

  it('is that the provider has begun, once', async () => {
    const visits = visitsTo(table, [processing]);
    const { detect_task_id } = await visits.begun({}, ownerNamed('1'));
    const carried = await visits.visit('1', { detect_task_id });
    expect(await visits.headOf(detect_task_id)).toMatchObject({ status: 'processing', polls: 10, visits: 1 });
    table.reset();
    await visits.visit('1', carried);
    expect(table.calls()).toEqual({ GetItem: 1 });
  });

  it('is the due time where that would pass before the next visit, and is seldom', async () => {
    const visits = visitsTo(table, [starting]);
    const { detect_task_id } = await visits.begun({}, ownerNamed('1'));
    let state: unknown = { detect_task_id };
    let renewals = 0;
    for (;;) {
      table.reset();
      const answer = await visits.visit('1', state);
      renewals += table.calls().UpdateItem ?? 0;
      if (answer.next !== 'wait') break;
      const nextMs = visits.clock.now() + answer.wait_seconds * 1_000;
      const { due_at, deadline_at } = await visits.headOf(detect_task_id);
      expect(Date.parse(due_at ?? '')).toBeGreaterThanOrEqual(
        Math.min(nextMs + minute, Date.parse(deadline_at)),
      );
      visits.clock.pass(answer.wait_seconds * 1_000);
      state = answer;
    }
    // An hour in steps of about four minutes, and the end.
    expect(renewals).toBeGreaterThan(12);
    expect(renewals).toBeLessThan(20);
  });

  it.each([
    ['a hint of a quarter of an hour', code(429, 'slow', '900')],
    ['maintenance', code(455)],
  ])('lets nobody take over during %s', async (_what, reply) => {
    const visits = visitsTo(table, [reply]);
    const { detect_task_id } = await visits.begun({}, ownerNamed('1'));
    const carried = await visits.visit('1', { detect_task_id });
    const calls = visits.asked.length;
    visits.clock.pass((carried as { wait_seconds: number }).wait_seconds * 1_000);
    await visits.visit('rival', { detect_task_id });
    expect(visits.asked).toHaveLength(calls);
  });

  it('ends by the deadline, and writes the due time no more once that is capped by it', async () => {
    const visits = visitsTo(table, [starting]);
    const { detect_task_id } = await visits.begun({ deadline_seconds: 240 }, ownerNamed('1'));
    await visits.run('1', { detect_task_id });
    // The end, and that it was told.
    expect(table.calls().UpdateItem).toBe(2);
  });
});
