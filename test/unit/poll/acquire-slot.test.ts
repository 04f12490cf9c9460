import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { reserveSeconds } from '../../../functions/poll/policy.ts';
import type { Carried } from '../../../functions/poll/state.ts';
import { burst } from '../../../functions/rate-limit/limit.ts';
import type { Rate } from '../../../functions/rate-limit/limiter.ts';
import { openTable } from '../../support/table.ts';
import { ratesOf } from '../rate-limit/rates.ts';
import { newId, noonMs, ownerNamed } from '../../support/records.ts';
import { code, processing, type Reply, succeeded, visitsTo } from './visits.ts';

const table = await openTable();
afterAll(() => table.close());
beforeEach(() => table.reset());

/** Visits that share a rate with others, who have booked so many slots already. */
async function visitsBehind(booked: number, replies: Reply[], perSecond = 1) {
  const rates = ratesOf(table, perSecond);
  const counted = { bookings: 0 };
  const shared = rates.process();
  for (let slots = 0; slots < booked; slots++) await shared.book('others', noonMs + 86_400_000);
  const rate: Rate = {
    ...shared,
    book(detectTaskId, latestMs) {
      counted.bookings += 1;
      return shared.book(detectTaskId, latestMs);
    },
  };
  return { ...visitsTo(table, replies, { clock: rates.clock, rate }), counted, rate, rates };
}
const waiting = (answer: unknown): Carried => answer as Carried;

describe('a poll', () => {
  it('asks at once where nobody is before it, and books a slot each', async () => {
    const visits = await visitsBehind(0, [processing, succeeded([])]);
    expect(await visits.visit('1', { detect_task_id: newId() })).toMatchObject({ next: 'settled' });
    expect(visits.asked.map(({ atMs }) => atMs - noonMs)).toEqual([0, 500]);
    expect(visits.counted.bookings).toBe(2);
  });

  it('waits in the visit for a slot that is near', async () => {
    const visits = await visitsBehind(burst + 2, [succeeded([])]);
    expect(await visits.visit('1', { detect_task_id: newId() })).toMatchObject({ next: 'settled' });
    expect(visits.asked.map(({ atMs }) => atMs - noonMs)).toEqual([3_000]);
  });

  it('leaves a far slot to the workflow, and the next visit uses it without another booking', async () => {
    const visits = await visitsBehind(burst + 40, [succeeded([])]);
    const left = waiting(await visits.visit('1', { detect_task_id: newId() }));
    expect(left).toMatchObject({ next: 'wait', wait_seconds: 41, slot: (noonMs + 41_000) * 1_000 });
    expect(visits.asked).toEqual([]);
    visits.clock.pass(41_000);
    expect(await visits.visit('1', left)).toMatchObject({ next: 'settled' });
    expect(visits.asked.map(({ atMs }) => atMs - noonMs)).toEqual([41_000]);
    expect(visits.counted.bookings).toBe(1);
  });

  it('waits out the part of a second that the workflow cannot', async () => {
    const visits = await visitsBehind(burst + 30, [succeeded([])], 0.9);
    const left = waiting(await visits.visit('1', { detect_task_id: newId() }));
    expect(left.wait_seconds).toBe(34);
    visits.clock.pass(34_000);
    // Also where the visit should be over by then.
    await visits.visit('1', left, visits.clock.now() + reserveSeconds * 1_000);
    expect(visits.asked.map(({ atMs }) => atMs - noonMs)).toEqual([34_445]);
  });

  it('moves along with the key: it asks nobody while others were told to wait', async () => {
    const visits = await visitsBehind(burst + 40, [succeeded([])]);
    const left = waiting(await visits.visit('1', { detect_task_id: newId() }));
    visits.clock.pass(41_000);
    await visits.rates.process().brake('others', { kind: 'throttled', hintMs: 60_000 });
    const again = waiting(await visits.visit('1', left));
    expect(again).toMatchObject({ next: 'wait', slot: left.slot, wait_seconds: 60 });
    expect(visits.asked).toEqual([]);
    visits.clock.pass(60_000);
    expect(await visits.visit('1', again)).toMatchObject({ next: 'settled' });
    expect(visits.counted.bookings).toBe(1);
  });

  it('books another slot for one that was slept through', async () => {
    const visits = await visitsBehind(burst + 40, [succeeded([])]);
    const left = waiting(await visits.visit('1', { detect_task_id: newId() }));
    visits.clock.pass(50_000);
    expect(await visits.visit('1', left)).toMatchObject({ next: 'settled' });
    expect(visits.counted.bookings).toBe(2);
  });

  it('is not made where its slot would come after the last one of use: the task ends', async () => {
    const visits = await visitsBehind(burst + 100, [succeeded([])]);
    const answer = await visits.visit('1', { detect_task_id: newId(), deadline_seconds: 60 });
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(visits.asked).toEqual([]);
  });

  it('is never pulled before its slot, also when the deadline comes first by now', async () => {
    const visits = await visitsBehind(burst + 30, [succeeded([])]);
    const left = waiting(await visits.visit('1', { detect_task_id: newId(), deadline_seconds: 60 }));
    await visits.rates.process().brake('others', { kind: 'hold', code: 'PROVIDER_MAINTENANCE' });
    visits.clock.pass(left.wait_seconds * 1_000);
    const answer = await visits.visit('1', left);
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'PROVIDER_MAINTENANCE' } });
    expect(visits.asked).toEqual([]);
  });

  it('of a rival is none, and books nothing', async () => {
    const visits = await visitsBehind(0, [succeeded([])]);
    const { detect_task_id } = await visits.begun();
    expect(await visits.visit('rival', { detect_task_id })).toMatchObject({ next: 'wait' });
    expect(visits.counted.bookings).toBe(0);
  });

  it('with a fresh key takes a second slot, and does not wait for it', async () => {
    const visits = await visitsBehind(burst - 1, [code(401), succeeded([])]);
    expect(await visits.visit('1', { detect_task_id: newId() })).toMatchObject({ next: 'settled' });
    expect(visits.asked.map(({ atMs }) => atMs - noonMs)).toEqual([0, 0]);
    expect(visits.counted.bookings).toBe(2);
  });

  it('by a visit that runs twice asks with the one slot that it was handed', async () => {
    const visits = await visitsBehind(burst + 40, [processing]);
    const left = waiting(await visits.visit('1', { detect_task_id: newId() }));
    visits.clock.pass(41_000);
    await Promise.all([visits.visit('1', left), visits.visit('1', left)]);
    expect(visits.asked).toHaveLength(2);
    // Each goes on by itself from there.
    expect(visits.counted.bookings).toBeLessThanOrEqual(3);
  });
});

describe('where slots are far', () => {
  it('a pending task joins the queue again after a full fifth of its age, whatever the jitter', async () => {
    const visits = await visitsBehind(burst + 99, [processing]);
    const left = waiting(await visits.visit('1', { detect_task_id: newId() }));
    visits.clock.pass(100_000);
    expect(await visits.visit('1', left)).toMatchObject({ next: 'wait', wait_seconds: 20 });
    // Nobody is before it any more.
    visits.clock.pass(2_000);
    expect(await visits.visit('1', { ...left, slot: undefined })).toMatchObject({
      next: 'wait',
      wait_seconds: 4,
    });
  });

  it('so does one that waited for its slot in the visit', async () => {
    const visits = await visitsBehind(burst + 11, [processing, succeeded([])], 4);
    await visits.visit('1', { detect_task_id: newId() });
    expect(visits.asked.map(({ atMs }) => atMs - noonMs)).toEqual([3_000, 3_600]);
  });

  it('a record is not overdue while its execution waits for the slot', async () => {
    const visits = await visitsBehind(burst + 900, [succeeded([])]);
    const detect_task_id = newId();
    const left = waiting(await visits.visit('1', { detect_task_id }));
    expect(left.wait_seconds).toBe(901);
    const { due_at = '' } = await visits.headOf(detect_task_id);
    expect(Date.parse(due_at) - noonMs).toBeGreaterThan(901_000);
  });

  it('the wait is measured and logged, without a word of the provider', async () => {
    const visits = await visitsBehind(burst + 40, [succeeded([])]);
    await visits.visit('1', { detect_task_id: newId() });
    expect(visits.measured).toEqual([['slotWait', 41_000]]);
    expect(visits.lines).toMatchObject([{ next: 'wait', wait_seconds: 41, polls: 0 }]);
  });
});

describe('what the provider says', () => {
  it.each([
    ['429 with a hint', code(429, 'slow down', '20'), 20_000],
    ['429 without one', code(429), 1_000],
    ['455', code(455), 67_500],
    ['402', code(402), 67_500],
  ])('to one task holds for all of the key: %s', async (_what, reply, pausedMs) => {
    const visits = await visitsBehind(0, [reply]);
    await visits.visit('1', { detect_task_id: newId() });
    const next = await visits.rates.process().book('others', noonMs + 3_600_000);
    const saidMs = visits.asked[0]?.atMs ?? 0;
    expect('atMs' in next && next.atMs - saidMs).toBeGreaterThanOrEqual(pausedMs);
  });

  it('of another kind changes nothing for others', async () => {
    const visits = await visitsBehind(0, [code(500), processing, succeeded([])]);
    await visits.visit('1', { detect_task_id: newId() });
    expect((await table.items()).get(`#rate#${visits.rates.name}#0`)).not.toHaveProperty('epoch');
  });
});

describe('without a rate', () => {
  it('no call of the database is made for it, and a slot that was booked before is left alone', async () => {
    const visits = visitsTo(table, [succeeded([])]);
    const detect_task_id = newId();
    await visits.begun({ detect_task_id }, ownerNamed('1'));
    const carried = waiting(await visitsTo(table, [processing]).visit('1', { detect_task_id }));
    table.reset();
    expect(await visits.visit('1', { ...carried, slot: 9e15 })).toMatchObject({ next: 'settled' });
    expect(table.calls()).toEqual({ GetItem: 1, UpdateItem: 2 });
  });
});
