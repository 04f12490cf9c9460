/** Wrong clocks, changed rates and poisoned values in the item that all processes of a key share. */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { acquireSlot } from '../../../functions/rate-limit/acquire-slot.ts';
import { burst } from '../../../functions/rate-limit/limit.ts';
import type { RateLimiter } from '../../../functions/rate-limit/limiter.ts';
import { toAttribute, toItem } from '../../../functions/records/item.ts';
import { tableName } from '../../../local/table.ts';
import { noonMs, type TestClock } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { limitersOf } from './limiters.ts';

const table = await openSuiteTable();

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const yearMs = 365 * 24 * hourMs;
const skews = [2 * hourMs, yearMs, -2 * hourMs, -yearMs, 5_000, -5_000, 90_000, -90_000];

/** When a task with an hour left may poll, by a clock that differs. */
async function waitOf(limiter: RateLimiter, clock: TestClock, aheadMs = 0): Promise<number> {
  const nowMs = clock.now() + aheadMs;
  const reservation = await limiter.reserve('task', nowMs + hourMs);
  if (reservation.kind !== 'reserved') throw new Error('ended without a poll');
  return reservation.atMs - nowMs;
}
const times = async (count: number, act: () => Promise<unknown>): Promise<void> => {
  for (let index = 0; index < count; index++) await act();
};

async function poison(name: string, values: Record<string, unknown>): Promise<void> {
  const entries = Object.entries(values);
  await table.client.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: toItem({ detect_task_id: `#rate#${name}#0` }),
      UpdateExpression: `SET ${entries.map((_, index) => `#n${index} = :v${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(entries.map(([key], index) => [`#n${index}`, key])),
      ExpressionAttributeValues: Object.fromEntries(
        entries.map(([, value], index) => [`:v${index}`, toAttribute(value)]),
      ),
    }),
  );
}
const clockOf = (values: Record<string, unknown>) => ({
  epoch: 3,
  set_at_us: noonMs * 1_000,
  virtual_us: noonMs * 1_000,
  resumes_at_us: noonMs * 1_000,
  speed_permille: 1_000,
  pauses: 1,
  ...values,
});

describe('a clock that is wrong', () => {
  it.each(skews)('by %i ms books, and the others poll as if it were right', async (aheadMs) => {
    const { process, clock, faults } = limitersOf(table, 2);
    await waitOf(process({ aheadMs }), clock, aheadMs);
    expect(await waitOf(process(), clock)).toBeLessThanOrEqual(500);
    const warm = process();
    await times(burst, () => waitOf(warm, clock));
    await waitOf(process({ aheadMs }), clock, aheadMs);
    // The queue that there was is all that they wait for.
    expect(await waitOf(warm, clock)).toBeLessThanOrEqual(5_500);
    expect(faults).toEqual([]);
  });

  it.each(skews)('by %i ms hears a 429, and pauses the others for no longer than that', async (aheadMs) => {
    const { process, clock } = limitersOf(table, 2);
    const warm = process();
    await waitOf(warm, clock);
    await process({ aheadMs }).applyFeedback('task', { kind: 'throttled', hintMs: 30_000 });
    expect(await waitOf(warm, clock)).toBeLessThanOrEqual(30_500);
    await warm.applyFeedback('task', { kind: 'throttled', hintMs: 1_000 });
    expect(await waitOf(process(), clock)).toBeLessThanOrEqual(35_000);
    clock.pass(2 * minuteMs);
    expect(await waitOf(process(), clock)).toBe(0);
  });

  it.each(skews)('by %i ms is no reason to end its own tasks', async (aheadMs) => {
    const { process, clock } = limitersOf(table, 2);
    await times(burst + 4, () => waitOf(process(), clock));
    expect(await waitOf(process({ aheadMs }), clock, aheadMs)).toBeLessThanOrEqual(3_000);
  });

  it.each(skews)('by %i ms, among many that are right, halves no gap for long', async (aheadMs) => {
    const { process, clock, faults } = limitersOf(table, 2);
    const [right, wrong] = [process(), process({ aheadMs })];
    const waits: number[] = [];
    for (let round = 0; round < 60; round++) {
      waits.push(await waitOf(right, clock));
      if (round % 6 === 0) await waitOf(wrong, clock, aheadMs);
      clock.pass(500);
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
    expect(faults).toEqual([]);
  });

  it('and is set right: a slot from before is reserved anew', async () => {
    const { process, clock } = limitersOf(table, 2);
    const wrong = process({ aheadMs: hourMs });
    await times(burst + 4, () => waitOf(wrong, clock, hourMs));
    const ahead = await wrong.reserve('task', noonMs + 2 * hourMs);
    if (ahead.kind !== 'reserved') throw new Error('no slot');
    expect(await process().check('task', ahead.slot)).toEqual({ kind: 'expired' });
    const slotTimes = { waitUntilMs: noonMs + 20_000, latestMs: noonMs + hourMs };
    const deps = { limiter: process(), clock, measure: () => {} };
    const acquired = await acquireSlot(deps, 'task', ahead.slot, slotTimes);
    expect(acquired).toMatchObject({ kind: 'now' });
    expect(clock.now() - noonMs).toBeLessThanOrEqual(5_000);
  });

  it('and is set back while the limit cannot be reached: the fallback goes on', async () => {
    const { process, clock } = limitersOf(table, 2);
    const limiter = process();
    table.fail('any', 'throttled', { times: 3 });
    expect(await waitOf(limiter, clock)).toBe(10_000);
    clock.pass(-hourMs);
    table.fail('any', 'throttled', { times: 3 });
    expect(await waitOf(limiter, clock)).toBeLessThanOrEqual(25_000);
    clock.pass(10_000);
    expect(await waitOf(limiter, clock)).toBe(0);
  });
});

describe('a changed rate', () => {
  it('rebases what is booked: the queue is as long as before, at the new rate', async () => {
    const { process, clock, faults } = limitersOf(table, 2);
    const slow = process({ perSecond: 0.01 });
    const latestMs = noonMs + 24 * hourMs;
    await times(burst + 45, () => slow.reserve('task', latestMs));
    expect(await waitOf(process({ perSecond: 100 }), clock)).toBe(460);
    // Nor does a slot of the old rate hold anything up.
    expect(await waitOf(process({ perSecond: 2 }), clock)).toBe(23_500);
    expect(faults).toEqual([]);
  });

  it('expires the slots that it has overtaken', async () => {
    const { process } = limitersOf(table, 2);
    const slow = process({ perSecond: 0.01 });
    await times(burst, () => slow.reserve('task', noonMs + 24 * hourMs));
    const reserved = await slow.reserve('task', noonMs + 24 * hourMs);
    if (reserved.kind !== 'reserved') throw new Error('no slot');
    expect(await process({ perSecond: 100 }).check('task', reserved.slot)).toEqual({ kind: 'expired' });
  });
});

describe('a poisoned value', () => {
  it.each([
    [{ tat: (noonMs + yearMs) * 1_000 }],
    [{ tat: 'soon' }],
    [{ tat: 0, interval_us: 3_334 }],
    [{ tat: 0, written_at_us: (noonMs + 24 * hourMs) * 1_000 }],
    [{ written_at_us: 0, interval_us: 1_000_000 }],
    [{ tat: (noonMs + 12 * hourMs) * 1_000, written_at_us: (noonMs - yearMs) * 1_000 }],
    [{ tat: (noonMs + 12 * hourMs) * 1_000, written_at_us: 0 }],
    [{ tat: (noonMs + 12 * hourMs) * 1_000, written_at_us: 1 }],
    [{ tat: -5 }],
    [{ tat: 0.5 }],
    [{ tat: Number.MAX_SAFE_INTEGER }],
    [{ written_at_us: (noonMs + yearMs) * 1_000 }],
    [{ written_at_us: null }],
    [{ interval_us: 0 }],
    [{ interval_us: 9e15 }],
    [clockOf({ resumes_at_us: (noonMs + yearMs) * 1_000 })],
    [clockOf({ set_at_us: (noonMs + yearMs) * 1_000, resumes_at_us: (noonMs + yearMs) * 1_000 })],
    [clockOf({ virtual_us: -1 })],
    [clockOf({ virtual_us: Number.MAX_SAFE_INTEGER })],
    [clockOf({ speed_permille: 0 })],
    [clockOf({ speed_permille: 1e6 })],
    [clockOf({ pauses: 4_000_000 })],
    [clockOf({ hold: 'FOR_EVER' })],
    [clockOf({ epoch: 'first' })],
  ])('%j heals by the next reservation', async (values) => {
    const { process, clock, name, faults } = limitersOf(table, 2);
    const warm = process();
    await waitOf(warm, clock);
    await poison(name, values);
    expect(await waitOf(warm, clock)).toBeLessThanOrEqual(2_000);
    clock.pass(minuteMs);
    expect(await waitOf(process(), clock)).toBe(0);
    await warm.applyFeedback('task', { kind: 'throttled', hintMs: 1_000 });
    expect(await waitOf(process(), clock)).toBe(1_000);
    expect(faults).toEqual([]);
  });

  it('that an older version left, whose clock was hours ahead, heals by the next reservation', async () => {
    const { process, clock, name, faults, rebased } = limitersOf(table, 2);
    await poison(name, { tat: (noonMs + 12 * hourMs) * 1_000 });
    expect(await waitOf(process(), clock)).toBeLessThanOrEqual(2_000);
    expect([faults, rebased]).toEqual([[], ['bounds']]);
  });

  it('and a queue of minutes that an older version left are told apart', async () => {
    const { process, clock, name, rebased } = limitersOf(table, 2);
    await poison(name, { tat: (noonMs + 2 * minuteMs) * 1_000 });
    expect(await waitOf(process(), clock)).toBe(2 * minuteMs - 4_500);
    expect(rebased).toEqual([]);
  });

  it('of any kind costs no more than minutes', async () => {
    const number = fc.oneof(
      fc.constantFrom(0, 1, -1),
      fc.integer(),
      fc.maxSafeNat(),
      fc.double({ noNaN: true }),
    );
    const value = fc.oneof(number, fc.string({ maxLength: 5 }), fc.constant(null), fc.boolean());
    const names = ['tat', 'written_at_us', 'interval_us', ...Object.keys(clockOf({})), 'hold'];
    const poisons = fc.dictionary(fc.constantFrom(...names), value, { minKeys: 1, noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(poisons, async (values) => {
        const { process, clock, name, faults } = limitersOf(table, 2);
        const numbers = Object.values(values).filter((each) => typeof each === 'number');
        fc.pre(numbers.every((each) => Math.abs(each) < 1e120 && (each === 0 || Math.abs(each) > 1e-120)));
        await waitOf(process(), clock);
        await poison(name, values);
        expect(await waitOf(process(), clock)).toBeLessThanOrEqual(16 * minuteMs);
        clock.pass(20 * minuteMs);
        expect(await waitOf(process(), clock)).toBeLessThanOrEqual(2_000);
        expect(faults).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
