import { describe, expect, it } from 'vitest';

import { checkLimit } from '../../../cli/doctor/rate-limit.ts';
import { type Limit, limitOf } from '../../../functions/rate-limit/inspect.ts';
import { burst } from '../../../functions/rate-limit/limit.ts';
import { tableName } from '../../../local/table.ts';
import { noonMs } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { limitersOf } from './limiters.ts';

const table = await openSuiteTable();

const hourMs = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();

function inspected(perSecond = 2) {
  const limiters = limitersOf(table, perSecond);
  const now = (): number => limiters.clock.now();
  const limit = limitOf({ client: table.client, tableName }, `https://${limiters.name}/`, now);
  const reserve = async (count: number): Promise<void> => {
    const limiter = limiters.process();
    for (let index = 0; index < count; index++) await limiter.reserve('task', noonMs + 24 * hourMs);
  };
  return { ...limiters, limit, reserve, check: (of: Limit = limit) => checkLimit(of, now) };
}

describe('the rate limit, as doctor shows it', () => {
  it('is said where nothing is booked, and how much is', async () => {
    const { reserve, check } = inspected();
    expect(await check()).toEqual({ result: 'ok', message: 'no call is booked' });
    await reserve(burst + 4);
    expect(await check()).toEqual({ result: 'ok', message: '14 calls are booked' });
  });

  it('says until when the key is paused, and for which answer', async () => {
    const { process, check } = inspected();
    await process().applyFeedback('task', { kind: 'hold', code: 'INSUFFICIENT_CREDITS' });
    const until = iso(noonMs + 67_500);
    expect(await check()).toMatchObject({
      result: 'ok',
      message: expect.stringContaining(`paused until ${until} (INSUFFICIENT_CREDITS)`) as string,
    });
  });

  it('fails where a writer had another clock, and where a new call would come too late', async () => {
    const ahead = inspected();
    await ahead.process({ aheadMs: 2 * hourMs }).reserve('task', noonMs + 24 * hourMs);
    expect(await ahead.check()).toMatchObject({
      result: 'failed',
      message: "its last writer's clock was 7200 s ahead of this machine's",
    });
    const slow = inspected(0.01);
    await slow.reserve(burst + 40);
    expect(await slow.check()).toMatchObject({
      result: 'failed',
      message: expect.stringMatching(/^50 calls are booked, and a new one would come at /) as string,
      fix: expect.stringContaining('reset-rate') as string,
    });
  });

  it('is no failure of the rest where it may not be read', async () => {
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    const limit = { inspect: () => Promise.reject(denied), reset: async () => {} };
    expect(await checkLimit(limit, Date.now)).toMatchObject({ result: 'skipped' });
  });
});

describe('a reset', () => {
  it('forgets what is booked and paused, also for processes that remember it', async () => {
    const { limit, process, reserve, clock } = inspected(0.01);
    const warm = process();
    await reserve(burst + 40);
    await warm.applyFeedback('task', { kind: 'throttled', hintMs: 600_000 });
    await limit.reset();
    expect(await warm.reserve('task', noonMs + hourMs)).toMatchObject({ atMs: clock.now() });
    expect(await limit.inspect()).toMatchObject({ booked: 1 });
  });
});
