import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import type { Rate } from '../../../functions/rate-limit/limiter.ts';
import { noonMs } from '../../support/records.ts';
import { openTable } from '../../support/table.ts';
import { ratesOf } from './rates.ts';

const table = await openTable();
afterAll(() => table.close());
beforeEach(() => table.reset());

const book = (rate: Rate) => rate.book('task', noonMs + 3_600_000);
const throttled = (hintMs: number) => ({ kind: 'throttled', hintMs }) as const;

/** So many writes find that somebody else was a moment earlier. */
function outrun(times: number, act: (time: number) => Promise<unknown>, time = 1): void {
  table.before('UpdateItem', async () => {
    await act(time);
    if (time < times) outrun(times, act, time + 1);
  });
}

const itemOf = async (name: string) => (await table.items()).get(`#rate#${name}#0`);

describe('a booking', () => {
  it('that a brake comes before is made by the new tempo', async () => {
    const { process, faults } = ratesOf(table, 10);
    const other = process();
    outrun(1, () => other.applyFeedback('task', throttled(30_000)));
    expect(await book(process())).toMatchObject({ kind: 'slot', atMs: noonMs + 30_000 });
    expect(faults).toEqual([]);
  });

  it('is tried six times, then done without', async () => {
    for (const { times, told } of [
      { times: 5, told: [] },
      { times: 20, told: [new Error('lost 6 races for a slot')] },
    ]) {
      table.reset();
      const { process, faults } = ratesOf(table, 10);
      const other = process();
      outrun(times, (time) => other.applyFeedback('task', throttled(time * 10_000)));
      const booking = await book(process());
      expect(faults).toEqual(told);
      expect(table.calls().UpdateItem).toBe(times === 5 ? 11 : 12);
      expect(booking).toMatchObject(times === 5 ? { atMs: noonMs + 50_000 } : { slot: 0 });
    }
  });

  it('says what the provider said as long as that keeps the key from asking', async () => {
    const { process, clock } = ratesOf(table, 10);
    const rate = process();
    await rate.applyFeedback('task', { kind: 'hold', code: 'PROVIDER_MAINTENANCE' });
    expect(await book(rate)).toMatchObject({ hold: 'PROVIDER_MAINTENANCE', atMs: noonMs + 67_500 });
    clock.pass(67_500);
    expect((await book(rate)).hold).toBeUndefined();
  });

  it('is one write behind a brake of its own, whether others wait or not', async () => {
    for (const waiting of [0, 40]) {
      const rate = ratesOf(table, 10).process();
      for (let index = 0; index < waiting; index++) await book(rate);
      await rate.applyFeedback('task', throttled(5_000));
      table.reset();
      await book(rate);
      expect(table.calls()).toEqual({ UpdateItem: 1 });
    }
  });
});

describe('a brake', () => {
  it('that another one comes before adds what is news', async () => {
    for (const [first, second] of [
      [5_000, 60_000],
      [60_000, 5_000],
    ] as const) {
      table.reset();
      const { process, name } = ratesOf(table, 10);
      const other = process();
      outrun(1, () => other.applyFeedback('task', throttled(first)));
      await process().applyFeedback('task', throttled(second));
      expect(await itemOf(name)).toMatchObject({ open_us: (noonMs + 60_000) * 1_000 });
    }
  });

  it('is tried six times: by then others have applyFeedback for it', async () => {
    const { process, name, faults } = ratesOf(table, 10);
    const other = process();
    outrun(20, (time) => other.applyFeedback('task', throttled(time * 10_000)));
    await process().applyFeedback('task', throttled(900_000));
    expect(await itemOf(name)).toMatchObject({ epoch: 6, open_us: (noonMs + 60_000) * 1_000 });
    expect(faults).toEqual([]);
  });

  it('behind which a booking comes first keeps that booking', async () => {
    const { process, name } = ratesOf(table, 1);
    const other = process();
    const booked: unknown[] = [];
    outrun(1, async () => booked.push(await book(other)));
    await process().applyFeedback('task', throttled(5_000));
    const { tat, key_us } = (await itemOf(name)) as { tat: number; key_us: number };
    expect(booked).toMatchObject([{ kind: 'slot' }]);
    expect(tat).toBe(key_us + 9_000_000);
  });
});
