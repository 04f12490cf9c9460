import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { burst } from '../../../functions/rate-limit/limit.ts';
import type { Reservation, Rate } from '../../../functions/rate-limit/limiter.ts';
import { noonMs, recordsOf } from '../../support/records.ts';
import { openTable } from '../../support/table.ts';
import { ratesOf } from './rates.ts';

const table = await openTable();
afterAll(() => table.close());
beforeEach(() => table.reset());

const hourMs = 3_600_000;
const latestMs = noonMs + 24 * hourMs;

function slotOf(booking: Reservation | { kind: 'expired' }) {
  if (booking.kind !== 'slot') throw new Error(`a slot was expected, not ${booking.kind}`);
  return booking;
}
const book = async (rate: Rate, id = 'task') => slotOf(await rate.book(id, latestMs));
const times = async (count: number, act: () => Promise<unknown>): Promise<void> => {
  for (let index = 0; index < count; index++) await act();
};

/** For one call, however often the SDK sends it. */
const down = () => table.fail('any', 'throttled', { times: 3 });

describe('a booking', () => {
  it('is at once for the first ten, and then one after the other at the rate', async () => {
    const rate = ratesOf(table, 2).process();
    const waits: number[] = [];
    await times(13, async () => waits.push((await book(rate)).atMs - noonMs));
    expect(waits).toEqual([...Array.from({ length: burst }, () => 0), 500, 1_000, 1_500]);
  });

  it('of 500 processes at once is never the same: one interval apart, and no later than it must be', async () => {
    const { process } = ratesOf(table, 10);
    const bookings = await Promise.all(Array.from({ length: 500 }, async () => book(process())));
    const slots = bookings.map(({ slot }) => slot).toSorted((a, b) => a - b);
    const gaps = slots.slice(1).map((slot, index) => slot - (slots[index] ?? 0));
    expect(new Set(slots).size).toBe(500);
    expect([Math.min(...gaps), Math.max(...gaps)]).toEqual([100_000, 100_000]);
    expect(Math.max(...bookings.map(({ atMs }) => atMs)) - noonMs).toBe((500 - burst) * 100);
  });

  it('is one write where there is a queue, and one where there is none', async () => {
    const { process, clock } = ratesOf(table, 10);
    const rate = process();
    await times(20, () => book(rate));
    table.reset();
    await book(rate);
    expect(table.calls()).toEqual({ UpdateItem: 1 });
    clock.pass(60_000);
    table.reset();
    await book(rate);
    expect(table.calls()).toEqual({ UpdateItem: 1 });
  });

  it('is not made where its slot would come too late', async () => {
    const { process } = ratesOf(table, 1);
    const rate = process();
    await times(burst, () => book(rate));
    expect(await rate.book('task', noonMs + 999)).toEqual({ kind: 'none', hold: undefined });
    expect(slotOf(await rate.book('task', noonMs + 1_000)).atMs).toBe(noonMs + 1_000);
    // Nor by who does not know yet how long the queue is.
    expect(await process().book('task', noonMs + 1_000)).toMatchObject({ kind: 'none' });
    expect((await book(rate)).atMs).toBe(noonMs + 2_000);
  });

  it('is not made where the key stands still until it would be too late', async () => {
    const rate = ratesOf(table, 10).process();
    await rate.applyFeedback('task', { kind: 'throttled', hintMs: 30_000 });
    expect(await rate.book('task', noonMs + 29_999)).toMatchObject({ kind: 'none' });
    expect(slotOf(await rate.book('task', noonMs + 30_000)).atMs).toBe(noonMs + 30_000);
  });

  it('whose acknowledgement is lost loses a slot at the most', async () => {
    const { process, faults } = ratesOf(table, 1);
    const rate = process();
    await times(burst, () => book(rate));
    table.fail('UpdateItem', 'lost-ack');
    expect((await book(rate)).atMs).toBe(noonMs + 2_000);
    expect((await book(rate)).atMs).toBe(noonMs + 3_000);
    expect(faults).toEqual([]);
  });

  it('whose acknowledgement is lost where nobody else asks is made behind itself', async () => {
    const rate = ratesOf(table, 1).process();
    table.fail('UpdateItem', 'lost-ack');
    expect((await book(rate)).atMs).toBe(noonMs);
  });

  it('never exceeds burst and rate in any window, whoever books when', async () => {
    const step = fc.record({ afterMs: fc.nat(2_500), process: fc.nat(2), fault: fc.nat(9) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.constantFrom(0.5, 2, 7),
        async (steps, perSecond) => {
          const { process, clock } = ratesOf(table, perSecond);
          const processes = [process(), process(), process()];
          const bookings = [];
          for (const { afterMs, process: index, fault } of steps) {
            clock.pass(afterMs);
            if (fault === 0) table.fail('UpdateItem', 'lost-ack');
            bookings.push(await book(processes[index] ?? process()));
          }
          const at = bookings.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
          expect(new Set(bookings.map(({ slot }) => slot)).size).toBe(bookings.length);
          // From each call on, the others come no faster than the rate once the burst is used up.
          const excess = at.flatMap((start, from) =>
            at.slice(from).map((end, calls) => calls + 1 - burst - (perSecond * (end - start + 1)) / 1_000),
          );
          expect(Math.max(...excess, 0)).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('is spread over shards where one item could not take them all', async () => {
    const { process, name } = ratesOf(table, 900);
    const rate = process();
    const ids = Array.from({ length: 90 }, (_, index) => `task-${index}`);
    const last = Math.max(...(await Promise.all(ids.map(async (id) => (await book(rate, id)).atMs))));
    const keys = [...(await table.items()).keys()].filter((key) => key.startsWith(`#rate#${name}#`));
    expect(keys.toSorted()).toEqual([0, 1, 2].map((shard) => `#rate#${name}#${shard}`));
    expect(last - noonMs).toBeGreaterThan(60);
    expect(last - noonMs).toBeLessThan(180);
  });
});

describe('a booked slot', () => {
  it('is looked at again when it is due: it stays where it was', async () => {
    const { process, clock } = ratesOf(table, 1);
    const rate = process();
    await times(burst + 20, () => book(rate));
    const booked = await book(rate);
    clock.pass(booked.atMs - noonMs - 400);
    expect(slotOf(await process().when('task', booked.slot)).atMs).toBe(booked.atMs);
  });

  it('moves along with all others when the key is paused, without being booked again', async () => {
    const { process } = ratesOf(table, 10);
    const rate = process();
    await times(burst, () => book(rate));
    const [first, second] = [await book(rate), await book(rate)];
    await process().applyFeedback('task', { kind: 'throttled', hintMs: 30_000 });
    // One at first, to see whether it is over; the next one when that is known.
    expect(slotOf(await rate.when('task', first.slot)).atMs - noonMs).toBe(32_000);
    expect(slotOf(await rate.when('task', second.slot)).atMs - noonMs).toBe(34_000);
  });

  it('is over when it was slept through, so that late ones do not call all at once', async () => {
    const { process, clock } = ratesOf(table, 1);
    const rate = process();
    await times(burst, () => book(rate));
    const booked = await book(rate);
    clock.pass(3_000);
    expect((await rate.when('task', booked.slot)).kind).toBe('slot');
    clock.pass(1);
    expect(await rate.when('task', booked.slot)).toEqual({ kind: 'expired' });
  });
});

describe('a brake', () => {
  it('takes away the burst that was saved up: the next call is one alone', async () => {
    const { process } = ratesOf(table, 10);
    const rate = process();
    await rate.applyFeedback('task', { kind: 'throttled', hintMs: 5_000 });
    expect((await book(rate)).atMs - noonMs).toBe(5_000);
    expect((await book(process())).atMs - noonMs).toBe(7_000);
  });

  it('by many processes at once cuts the rate once', async () => {
    const { process, name } = ratesOf(table, 10);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        process().applyFeedback('task', { kind: 'throttled', hintMs: undefined }),
      ),
    );
    expect((await table.items()).get(`#rate#${name}#0`)).toMatchObject({ epoch: 1, permille: 700 });
  });

  it('is known to who booked before by the next booking', async () => {
    const { process } = ratesOf(table, 10);
    const rate = process();
    await times(burst, () => book(rate));
    await process().applyFeedback('task', { kind: 'hold', code: 'PROVIDER_MAINTENANCE' });
    expect(await book(rate)).toMatchObject({ hold: 'PROVIDER_MAINTENANCE', atMs: noonMs + 67_500 + 2_000 });
    expect(await rate.book('task', noonMs + 60_000)).toEqual({ kind: 'none', hold: 'PROVIDER_MAINTENANCE' });
  });

  it('whose acknowledgement is lost brakes once', async () => {
    const { process, name, faults } = ratesOf(table, 10);
    table.fail('UpdateItem', 'lost-ack');
    await process().applyFeedback('task', { kind: 'throttled', hintMs: undefined });
    expect((await table.items()).get(`#rate#${name}#0`)).toMatchObject({ epoch: 1, permille: 700 });
    expect(faults).toEqual([]);
  });
});

describe('a rate that cannot be reached', () => {
  it('lets each process go on slowly by itself, and says so', async () => {
    const { process, faults } = ratesOf(table, 10);
    const rate = process();
    const at: number[] = [];
    for (let index = 0; index < 4; index++) {
      down();
      at.push((await book(rate)).atMs - noonMs);
    }
    expect(at).toEqual([10_000, 20_000, 30_000, 40_000]);
    expect(faults).toHaveLength(1);
  });

  it('does not let a task end for our own fault: the last slot of use is taken', async () => {
    const { process } = ratesOf(table, 10);
    down();
    expect(slotOf(await process().book('task', noonMs + 3_000)).atMs).toBe(noonMs + 3_000);
  });

  it('is asked again ten seconds later, and then what was booked without it is booked properly', async () => {
    const { process, clock, faults } = ratesOf(table, 10);
    const rate = process();
    down();
    const { slot } = await book(rate);
    table.reset();
    clock.pass(9_999);
    expect(slotOf(await rate.when('task', slot)).atMs).toBe(clock.now());
    expect(table.calls()).toEqual({});
    clock.pass(1);
    expect(await rate.when('task', slot)).toEqual({ kind: 'expired' });
    expect((await book(rate)).atMs).toBe(clock.now());
    expect(faults).toHaveLength(1);
  });

  it('does not keep an invocation from going on after a 429', async () => {
    const { process, faults } = ratesOf(table, 10);
    down();
    await process().applyFeedback('task', { kind: 'throttled', hintMs: undefined });
    expect(faults).toHaveLength(1);
  });
});

describe('the item of a rate', () => {
  it('never expires, and no list and no sweep finds it', async () => {
    const { process, name, clock } = ratesOf(table, 10);
    await book(process());
    await process().applyFeedback('task', { kind: 'hold', code: 'PROVIDER_MAINTENANCE' });
    const item = (await table.items()).get(`#rate#${name}#0`);
    expect(Object.keys(item ?? {}).toSorted()).toEqual([
      'at_us',
      'epoch',
      'hold',
      'key_us',
      'open_us',
      'pauses',
      'permille',
      'tat',
    ]);
    expect((await recordsOf(table, clock).records.list({ limit: 1_000 })).detections).toEqual([]);
  });
});
