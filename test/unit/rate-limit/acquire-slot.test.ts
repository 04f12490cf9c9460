import { describe, expect, it } from 'vitest';

import { reserveSeconds } from '../../../functions/poll/policy.ts';
import type { PollState } from '../../../functions/poll/state.ts';
import { burst } from '../../../functions/rate-limit/limit.ts';
import type { RateLimiter } from '../../../functions/rate-limit/limiter.ts';
import { code, processing, type Reply, succeeded, invocationsTo } from '../../support/invocations.ts';
import { newId, noonMs, ownerNamed } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { limitersOf } from './limiters.ts';

const table = await openSuiteTable();

/** Invocations that share a limit with other tasks, which have reserved so many slots already. */
async function invocationsBehind(slots: number, replies: Reply[], perSecond = 1) {
  const limiters = limitersOf(table, perSecond);
  const counted = { reservations: 0 };
  const shared = limiters.process();
  for (let slot = 0; slot < slots; slot++) await shared.reserve('others', noonMs + 86_400_000);
  const limiter: RateLimiter = {
    ...shared,
    reserve(detectTaskId, latestMs) {
      counted.reservations += 1;
      return shared.reserve(detectTaskId, latestMs);
    },
  };
  return { ...invocationsTo(table, replies, { clock: limiters.clock, limiter }), counted, limiters };
}
const waiting = (answer: unknown): PollState => answer as PollState;

describe('a poll', () => {
  it('asks at once where there is no queue, and reserves a slot each time', async () => {
    const invocations = await invocationsBehind(0, [processing, succeeded([])]);
    expect(await invocations.invoke('1', { detect_task_id: newId() })).toMatchObject({ next: 'settled' });
    expect(invocations.asked.map(({ atMs }) => atMs - noonMs)).toEqual([0, 500]);
    expect(invocations.counted.reservations).toBe(2);
  });

  it('waits in the invocation for a slot that is near', async () => {
    const invocations = await invocationsBehind(burst, [succeeded([])]);
    expect(await invocations.invoke('1', { detect_task_id: newId() })).toMatchObject({ next: 'settled' });
    expect(invocations.asked.map(({ atMs }) => atMs - noonMs)).toEqual([1_000]);
  });

  it('leaves a far slot to the workflow, and the next invocation uses it without another reservation', async () => {
    const invocations = await invocationsBehind(burst + 40, [succeeded([])]);
    const left = waiting(await invocations.invoke('1', { detect_task_id: newId() }));
    expect(left).toMatchObject({ next: 'wait', wait_seconds: 41, slot: (noonMs + 41_000) * 1_000 });
    expect(invocations.asked).toEqual([]);
    invocations.clock.pass(41_000);
    expect(await invocations.invoke('1', left)).toMatchObject({ next: 'settled' });
    expect(invocations.asked.map(({ atMs }) => atMs - noonMs)).toEqual([41_000]);
    expect(invocations.counted.reservations).toBe(1);
  });

  it('waits out the part of a second that the workflow cannot', async () => {
    const invocations = await invocationsBehind(burst + 30, [succeeded([])], 0.9);
    const left = waiting(await invocations.invoke('1', { detect_task_id: newId() }));
    expect(left.wait_seconds).toBe(34);
    invocations.clock.pass(34_000);
    // Even where the invocation should have ended by then.
    await invocations.invoke('1', left, invocations.clock.now() + reserveSeconds * 1_000);
    expect(invocations.asked.map(({ atMs }) => atMs - noonMs)).toEqual([34_445]);
  });

  it('moves with the key: no call is made while other tasks were told to wait', async () => {
    const invocations = await invocationsBehind(burst + 40, [succeeded([])]);
    const left = waiting(await invocations.invoke('1', { detect_task_id: newId() }));
    invocations.clock.pass(41_000);
    await invocations.limiters.process().applyFeedback('others', { kind: 'throttled', hintMs: 60_000 });
    const again = waiting(await invocations.invoke('1', left));
    expect(again).toMatchObject({ next: 'wait', slot: left.slot, wait_seconds: 60 });
    expect(invocations.asked).toEqual([]);
    invocations.clock.pass(60_000);
    expect(await invocations.invoke('1', again)).toMatchObject({ next: 'settled' });
    expect(invocations.counted.reservations).toBe(1);
  });

  it('reserves another slot for one that was slept through', async () => {
    const invocations = await invocationsBehind(burst + 40, [succeeded([])]);
    const left = waiting(await invocations.invoke('1', { detect_task_id: newId() }));
    invocations.clock.pass(50_000);
    expect(await invocations.invoke('1', left)).toMatchObject({ next: 'settled' });
    expect(invocations.counted.reservations).toBe(2);
  });

  it('is not made where its slot would come after the last one of use: the task is abandoned', async () => {
    const invocations = await invocationsBehind(burst + 100, [succeeded([])]);
    const answer = await invocations.invoke('1', { detect_task_id: newId(), deadline_seconds: 60 });
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(invocations.asked).toEqual([]);
  });

  it('is never pulled before its slot, even where the deadline now comes first', async () => {
    const invocations = await invocationsBehind(burst + 30, [succeeded([])]);
    const left = waiting(await invocations.invoke('1', { detect_task_id: newId(), deadline_seconds: 60 }));
    await invocations.limiters
      .process()
      .applyFeedback('others', { kind: 'hold', code: 'PROVIDER_MAINTENANCE' });
    invocations.clock.pass(left.wait_seconds * 1_000);
    const answer = await invocations.invoke('1', left);
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'PROVIDER_MAINTENANCE' } });
    expect(invocations.asked).toEqual([]);
  });

  it('of a rival is none, and reserves nothing', async () => {
    const invocations = await invocationsBehind(0, [succeeded([])]);
    const { detect_task_id } = await invocations.begun();
    expect(await invocations.invoke('rival', { detect_task_id })).toMatchObject({ next: 'wait' });
    expect(invocations.counted.reservations).toBe(0);
  });

  it('with a fresh key takes a second slot, and does not wait for it', async () => {
    const invocations = await invocationsBehind(burst - 1, [code(401), succeeded([])]);
    expect(await invocations.invoke('1', { detect_task_id: newId() })).toMatchObject({ next: 'settled' });
    expect(invocations.asked.map(({ atMs }) => atMs - noonMs)).toEqual([0, 0]);
    expect(invocations.counted.reservations).toBe(2);
  });

  it('by an invocation that runs twice uses the one slot that it was handed', async () => {
    const invocations = await invocationsBehind(burst + 40, [processing]);
    const left = waiting(await invocations.invoke('1', { detect_task_id: newId() }));
    invocations.clock.pass(41_000);
    await Promise.all([invocations.invoke('1', left), invocations.invoke('1', left)]);
    expect(invocations.asked).toHaveLength(2);
    // From there each reserves its own.
    expect(invocations.counted.reservations).toBeLessThanOrEqual(3);
  });
});

describe('where slots are far', () => {
  it('a pending task joins the queue again after a full fifth of its age, whatever the jitter', async () => {
    const invocations = await invocationsBehind(burst + 99, [processing]);
    const left = waiting(await invocations.invoke('1', { detect_task_id: newId() }));
    invocations.clock.pass(100_000);
    expect(await invocations.invoke('1', left)).toMatchObject({ next: 'wait', wait_seconds: 20 });
    // The queue is gone: the gap is the root of the age times the scale, jittered.
    invocations.clock.pass(2_000);
    const behind = waiting(await invocations.invoke('1', { ...left, slot: undefined }));
    expect(behind.wait_seconds).toBeLessThan(20);
  });

  it('and so does one that waited for its slot in the invocation', async () => {
    const invocations = await invocationsBehind(burst + 4, [processing, succeeded([])], 4);
    await invocations.invoke('1', { detect_task_id: newId() });
    expect(invocations.asked.map(({ atMs }) => atMs - noonMs)).toEqual([1_250, 1_750]);
  });

  it('the lease does not expire while the execution waits for the slot', async () => {
    const invocations = await invocationsBehind(burst + 90, [succeeded([])], 0.1);
    const detect_task_id = newId();
    const left = waiting(await invocations.invoke('1', { detect_task_id }));
    const { due_at = '' } = await invocations.headOf(detect_task_id);
    expect(Date.parse(due_at) - noonMs).toBeGreaterThan(left.wait_seconds * 1_000);
  });

  it('the slot is checked every five minutes, and stays reserved', async () => {
    const invocations = await invocationsBehind(burst + 64, [succeeded([])], 0.1);
    let state: unknown = { detect_task_id: newId() };
    const waits: number[] = [];
    for (let count = 0; count < 3; count++) {
      const left = waiting(await invocations.invoke('1', state));
      waits.push(left.wait_seconds);
      invocations.clock.pass(left.wait_seconds * 1_000);
      state = left;
    }
    expect(waits).toEqual([300, 300, 50]);
  });

  it('the wait is measured and logged', async () => {
    const invocations = await invocationsBehind(burst + 40, [succeeded([])]);
    const left = waiting(await invocations.invoke('1', { detect_task_id: newId() }));
    expect(invocations.lines).toMatchObject([{ next: 'wait', wait_seconds: 41, polls: 0 }]);
    expect(invocations.measured).toEqual([]);
    invocations.clock.pass(41_000);
    await invocations.invoke('1', left);
    expect(invocations.measured).toContainEqual(['slotWait', 41_000]);
  });
});

describe('what the provider says', () => {
  it.each([
    ['429 with a hint', code(429, 'slow down', '20'), 20_000],
    ['429 without one', code(429), 1_000],
    ['455', code(455), 67_500],
    ['402', code(402), 67_500],
  ])('to one task pauses all tasks of the key: %s', async (_what, reply, pausedMs) => {
    const invocations = await invocationsBehind(0, [reply]);
    await invocations.invoke('1', { detect_task_id: newId() });
    const next = await invocations.limiters.process().reserve('others', noonMs + 3_600_000);
    const saidMs = invocations.asked[0]?.atMs ?? 0;
    expect('atMs' in next && next.atMs - saidMs).toBeGreaterThanOrEqual(pausedMs);
  });

  it('of another kind changes nothing for other tasks', async () => {
    const invocations = await invocationsBehind(0, [code(500), processing, succeeded([])]);
    await invocations.invoke('1', { detect_task_id: newId() });
    expect(await invocations.limiters.item()).not.toHaveProperty('epoch');
  });
});

describe('without a limit', () => {
  it('the database is not asked for a slot, and a slot from before is ignored', async () => {
    const invocations = invocationsTo(table, [succeeded([])]);
    const detect_task_id = newId();
    await invocations.begun({ detect_task_id }, ownerNamed('1'));
    const carried = waiting(await invocationsTo(table, [processing]).invoke('1', { detect_task_id }));
    table.reset();
    expect(await invocations.invoke('1', { ...carried, slot: 9e15 })).toMatchObject({ next: 'settled' });
    expect(table.calls()).toEqual({ GetItem: 1, UpdateItem: 2 });
  });
});
