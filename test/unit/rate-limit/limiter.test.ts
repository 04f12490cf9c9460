import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { burst } from '../../../functions/rate-limit/limit.ts';
import type { Reservation, RateLimiter } from '../../../functions/rate-limit/limiter.ts';
import { noonMs, recordsOf } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { limitersOf } from './limiters.ts';

const table = await openSuiteTable();

const hourMs = 3_600_000;
const latestMs = noonMs + 24 * hourMs;

function slotOf(reservation: Reservation | { kind: 'expired' }) {
  if (reservation.kind !== 'reserved') throw new Error(`expected a reserved slot, got ${reservation.kind}`);
  return reservation;
}
const reserve = async (limiter: RateLimiter, id = 'task') => slotOf(await limiter.reserve(id, latestMs));
const times = async (count: number, act: () => Promise<unknown>): Promise<void> => {
  for (let index = 0; index < count; index++) await act();
};

/** For one call with all of the SDK's retries. */
const down = () => table.fail('any', 'throttled', { times: 3 });

describe('a reservation', () => {
  it('is at once for the first ten, and then one after the other at the rate', async () => {
    const limiter = limitersOf(table, 2).process();
    const waits: number[] = [];
    await times(13, async () => waits.push((await reserve(limiter)).atMs - noonMs));
    expect(waits).toEqual([...Array.from({ length: burst }, () => 0), 500, 1_000, 1_500]);
  });

  it('of 500 processes at once is never the same: one interval apart, and no later than it must be', async () => {
    const { process } = limitersOf(table, 10);
    const reservations = await Promise.all(Array.from({ length: 500 }, async () => reserve(process())));
    const slots = reservations.map(({ slot }) => slot).toSorted((a, b) => a - b);
    const gaps = slots.slice(1).map((slot, index) => slot - (slots[index] ?? 0));
    expect(new Set(slots).size).toBe(500);
    expect([Math.min(...gaps), Math.max(...gaps)]).toEqual([100_000, 100_000]);
    expect(Math.max(...reservations.map(({ atMs }) => atMs)) - noonMs).toBe((500 - burst) * 100);
  });

  it('is one write where there is a queue, and one where there is none', async () => {
    const { process, clock } = limitersOf(table, 10);
    const limiter = process();
    await times(20, () => reserve(limiter));
    table.reset();
    await reserve(limiter);
    expect(table.calls()).toEqual({ UpdateItem: 1 });
    clock.pass(60_000);
    table.reset();
    await reserve(limiter);
    expect(table.calls()).toEqual({ UpdateItem: 1 });
  });

  it('is not made where its slot would come too late', async () => {
    const { process } = limitersOf(table, 1);
    const limiter = process();
    await times(burst, () => reserve(limiter));
    expect(await limiter.reserve('task', noonMs + 999)).toEqual({ kind: 'none', hold: undefined });
    expect(slotOf(await limiter.reserve('task', noonMs + 1_000)).atMs).toBe(noonMs + 1_000);
    // Nor by a process that has not seen the queue yet.
    expect(await process().reserve('task', noonMs + 1_000)).toMatchObject({ kind: 'none' });
    expect((await reserve(limiter)).atMs).toBe(noonMs + 2_000);
  });

  it('is not made where the key is paused until it would be too late', async () => {
    const limiter = limitersOf(table, 10).process();
    await limiter.applyFeedback('task', { kind: 'throttled', hintMs: 30_000 });
    expect(await limiter.reserve('task', noonMs + 29_999)).toMatchObject({ kind: 'none' });
    expect(slotOf(await limiter.reserve('task', noonMs + 30_000)).atMs).toBe(noonMs + 30_000);
  });

  it('whose acknowledgement is lost loses a slot at the most', async () => {
    const { process, faults } = limitersOf(table, 1);
    const limiter = process();
    await times(burst, () => reserve(limiter));
    table.fail('UpdateItem', 'lost-ack');
    expect((await reserve(limiter)).atMs).toBe(noonMs + 2_000);
    expect((await reserve(limiter)).atMs).toBe(noonMs + 3_000);
    expect(faults).toEqual([]);
  });

  it('whose acknowledgement is lost without a queue is made behind itself', async () => {
    const limiter = limitersOf(table, 1).process();
    table.fail('UpdateItem', 'lost-ack');
    expect((await reserve(limiter)).atMs).toBe(noonMs);
  });

  it('never exceeds burst and rate in any window, whichever process reserves when', async () => {
    const step = fc.record({ afterMs: fc.nat(2_500), process: fc.nat(2), fault: fc.nat(9) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.constantFrom(0.5, 2, 7),
        async (steps, perSecond) => {
          const { process, clock } = limitersOf(table, perSecond);
          const processes = [process(), process(), process()];
          const reservations = [];
          for (const { afterMs, process: index, fault } of steps) {
            clock.pass(afterMs);
            if (fault === 0) table.fail('UpdateItem', 'lost-ack');
            reservations.push(await reserve(processes[index] ?? process()));
          }
          const at = reservations.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
          expect(new Set(reservations.map(({ slot }) => slot)).size).toBe(reservations.length);
          // From each call on, the others come no faster than the limiter once the burst is used up.
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
    const { process, name } = limitersOf(table, 900);
    const limiter = process();
    const ids = Array.from({ length: 90 }, (_, index) => `task-${index}`);
    const last = Math.max(...(await Promise.all(ids.map(async (id) => (await reserve(limiter, id)).atMs))));
    const keys = [...(await table.items()).keys()].filter((key) => key.startsWith(`#rate#${name}#`));
    expect(keys.toSorted()).toEqual([0, 1, 2].map((shard) => `#rate#${name}#${shard}`));
    expect(last - noonMs).toBeGreaterThan(60);
    expect(last - noonMs).toBeLessThan(180);
  });
});

describe('a reserved slot', () => {
  it('is checked when it comes: it stays where it was', async () => {
    const { process, clock } = limitersOf(table, 1);
    const limiter = process();
    await times(burst + 20, () => reserve(limiter));
    const reserved = await reserve(limiter);
    clock.pass(reserved.atMs - noonMs - 400);
    expect(slotOf(await process().check('task', reserved.slot)).atMs).toBe(reserved.atMs);
  });

  it('moves with all others when the key is paused, without another reservation', async () => {
    const { process } = limitersOf(table, 10);
    const limiter = process();
    await times(burst, () => reserve(limiter));
    const [first, second] = [await reserve(limiter), await reserve(limiter)];
    await process().applyFeedback('task', { kind: 'throttled', hintMs: 30_000 });
    // One at first, to see whether it is over; the next one when that is known.
    expect(slotOf(await limiter.check('task', first.slot)).atMs - noonMs).toBe(32_000);
    expect(slotOf(await limiter.check('task', second.slot)).atMs - noonMs).toBe(34_000);
  });

  it('expires when it was slept through, so that late wake-ups do not call all at once', async () => {
    const { process, clock } = limitersOf(table, 1);
    const limiter = process();
    await times(burst, () => reserve(limiter));
    const reserved = await reserve(limiter);
    clock.pass(3_000);
    expect((await limiter.check('task', reserved.slot)).kind).toBe('reserved');
    clock.pass(1);
    expect(await limiter.check('task', reserved.slot)).toEqual({ kind: 'expired' });
  });
});

describe('feedback', () => {
  it('takes the saved burst away: the next call comes alone', async () => {
    const { process } = limitersOf(table, 10);
    const limiter = process();
    await limiter.applyFeedback('task', { kind: 'throttled', hintMs: 5_000 });
    expect((await reserve(limiter)).atMs - noonMs).toBe(5_000);
    expect((await reserve(process())).atMs - noonMs).toBe(7_000);
  });

  it('from many processes at once cuts the rate once', async () => {
    const { process, item } = limitersOf(table, 10);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        process().applyFeedback('task', { kind: 'throttled', hintMs: undefined }),
      ),
    );
    expect(await item()).toMatchObject({ epoch: 1, speed_permille: 700 });
  });

  it('is known to other processes by their next reservation', async () => {
    const { process } = limitersOf(table, 10);
    const limiter = process();
    await times(burst, () => reserve(limiter));
    await process().applyFeedback('task', { kind: 'hold', code: 'PROVIDER_MAINTENANCE' });
    expect(await reserve(limiter)).toMatchObject({
      hold: 'PROVIDER_MAINTENANCE',
      atMs: noonMs + 67_500 + 2_000,
    });
    expect(await limiter.reserve('task', noonMs + 60_000)).toEqual({
      kind: 'none',
      hold: 'PROVIDER_MAINTENANCE',
    });
  });

  it('whose acknowledgement is lost is applied once', async () => {
    const { process, item, faults } = limitersOf(table, 10);
    table.fail('UpdateItem', 'lost-ack');
    await process().applyFeedback('task', { kind: 'throttled', hintMs: undefined });
    expect(await item()).toMatchObject({ epoch: 1, speed_permille: 700 });
    expect(faults).toEqual([]);
  });
});

describe('a limit that cannot be reached', () => {
  it('lets each process go on slowly, and is reported once', async () => {
    const { process, faults } = limitersOf(table, 10);
    const limiter = process();
    const at: number[] = [];
    for (let index = 0; index < 4; index++) {
      down();
      at.push((await reserve(limiter)).atMs - noonMs);
    }
    expect(at).toEqual([10_000, 20_000, 30_000, 40_000]);
    expect(faults).toHaveLength(1);
  });

  it('does not end a task: the last slot of use is taken', async () => {
    const { process } = limitersOf(table, 10);
    down();
    expect(slotOf(await process().reserve('task', noonMs + 3_000)).atMs).toBe(noonMs + 3_000);
  });

  it('is tried again ten seconds later, and then a slot of the fallback is reserved anew', async () => {
    const { process, clock, faults } = limitersOf(table, 10);
    const limiter = process();
    down();
    const { slot } = await reserve(limiter);
    table.reset();
    clock.pass(9_999);
    expect(slotOf(await limiter.check('task', slot)).atMs).toBe(clock.now());
    expect(table.calls()).toEqual({});
    clock.pass(1);
    expect(await limiter.check('task', slot)).toEqual({ kind: 'expired' });
    expect((await reserve(limiter)).atMs).toBe(clock.now());
    expect(faults).toHaveLength(1);
  });

  it('does not stop an invocation after a 429', async () => {
    const { process, faults } = limitersOf(table, 10);
    down();
    await process().applyFeedback('task', { kind: 'throttled', hintMs: undefined });
    expect(faults).toHaveLength(1);
  });
});

describe('the item of a limit', () => {
  it('never expires, and no list and no sweep finds it', async () => {
    const { process, item, clock } = limitersOf(table, 10);
    await reserve(process());
    await process().applyFeedback('task', { kind: 'hold', code: 'PROVIDER_MAINTENANCE' });
    expect(Object.keys((await item()) ?? {}).toSorted()).toEqual([
      'epoch',
      'hold',
      'interval_us',
      'pauses',
      'resumes_at_us',
      'set_at_us',
      'speed_permille',
      'tat',
      'virtual_us',
      'written_at_us',
    ]);
    expect((await recordsOf(table, clock).records.list({ limit: 1_000 })).detections).toEqual([]);
  });
});
