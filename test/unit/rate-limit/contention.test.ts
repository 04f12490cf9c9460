import { describe, expect, it } from 'vitest';

import type { RateLimiter } from '../../../functions/rate-limit/limiter.ts';
import { noonMs } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { limitersOf } from './limiters.ts';

const table = await openSuiteTable();

const reserve = (limiter: RateLimiter) => limiter.reserve('task', noonMs + 3_600_000);
const throttled = (hintMs: number) => ({ kind: 'throttled', hintMs }) as const;

/** So many writes in a row find that another process was faster. */
function outrun(times: number, act: (time: number) => Promise<unknown>, time = 1): void {
  table.before('UpdateItem', async () => {
    await act(time);
    if (time < times) outrun(times, act, time + 1);
  });
}

describe('a reservation', () => {
  it('that meets feedback follows the new virtual clock', async () => {
    const { process, faults } = limitersOf(table, 10);
    const other = process();
    outrun(1, () => other.applyFeedback('task', throttled(30_000)));
    expect(await reserve(process())).toMatchObject({ kind: 'reserved', atMs: noonMs + 30_000 });
    expect(faults).toEqual([]);
  });

  it('is tried six times, and then the fallback decides', async () => {
    for (const { times, reported } of [
      { times: 5, reported: [] },
      { times: 20, reported: [new Error('no slot after 6 conflicts')] },
    ]) {
      table.reset();
      const { process, faults } = limitersOf(table, 10);
      const other = process();
      outrun(times, (time) => other.applyFeedback('task', throttled(time * 10_000)));
      const reservation = await reserve(process());
      expect(faults).toEqual(reported);
      expect(table.calls().UpdateItem).toBe(times === 5 ? 11 : 12);
      expect(reservation).toMatchObject(times === 5 ? { atMs: noonMs + 50_000 } : { slot: 0 });
    }
  });

  it('names the hold as long as that keeps the key from calling', async () => {
    const { process, clock } = limitersOf(table, 10);
    const limiter = process();
    await limiter.applyFeedback('task', { kind: 'hold', code: 'PROVIDER_MAINTENANCE' });
    expect(await reserve(limiter)).toMatchObject({ hold: 'PROVIDER_MAINTENANCE', atMs: noonMs + 67_500 });
    clock.pass(67_500);
    expect((await reserve(limiter)).hold).toBeUndefined();
  });

  it('is one write after feedback of its own, whether others wait or not', async () => {
    for (const waiting of [0, 40]) {
      const limiter = limitersOf(table, 10).process();
      for (let index = 0; index < waiting; index++) await reserve(limiter);
      await limiter.applyFeedback('task', throttled(5_000));
      table.reset();
      await reserve(limiter);
      expect(table.calls()).toEqual({ UpdateItem: 1 });
    }
  });
});

describe('feedback', () => {
  it('that meets other feedback adds what is new', async () => {
    for (const [first, second] of [
      [5_000, 60_000],
      [60_000, 5_000],
    ] as const) {
      table.reset();
      const { process, item } = limitersOf(table, 10);
      const other = process();
      outrun(1, () => other.applyFeedback('task', throttled(first)));
      await process().applyFeedback('task', throttled(second));
      expect(await item()).toMatchObject({ resumes_at_us: (noonMs + 60_000) * 1_000 });
    }
  });

  it('is tried six times: by then others have applied theirs', async () => {
    const { process, item, faults } = limitersOf(table, 10);
    const other = process();
    outrun(20, (time) => other.applyFeedback('task', throttled(time * 10_000)));
    await process().applyFeedback('task', throttled(900_000));
    expect(await item()).toMatchObject({ epoch: 6, resumes_at_us: (noonMs + 60_000) * 1_000 });
    expect(faults).toEqual([]);
  });

  it('that meets a reservation keeps that reservation', async () => {
    const { process, item } = limitersOf(table, 1);
    const other = process();
    const reserved: unknown[] = [];
    outrun(1, async () => reserved.push(await reserve(other)));
    await process().applyFeedback('task', throttled(5_000));
    const { tat, virtual_us } = (await item()) as { tat: number; virtual_us: number };
    expect(reserved).toMatchObject([{ kind: 'reserved' }]);
    expect(tat).toBe(virtual_us + 9_000_000);
  });
});
