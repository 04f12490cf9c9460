/** The rate limit over HTTP: what the settings allow, what is left, and what stops the calls. */
import { describe, expect, it } from 'vitest';

import type { RateBody } from '../../../functions/api/answers.ts';
import { limitOf } from '../../../functions/rate-limit/inspect.ts';
import { tableName } from '../../../local/table.ts';
import { apisOn } from '../../support/apis.ts';
import { noonMs } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { limitersOf } from './limiters.ts';

const table = await openSuiteTable();
const iso = (ms: number): string => new Date(ms).toISOString();

function limited(perSecond: number | undefined) {
  const limiters = limitersOf(table, perSecond ?? 2);
  const now = (): number => limiters.clock.now();
  const limit = limitOf({ client: table.client, tableName, perSecond }, `https://${limiters.name}`, now);
  const rate = async () => (await apisOn(table, { limit }).ask('GET /rate')).body;
  return { ...limiters, rate };
}

describe('GET /rate', () => {
  it('says the limit, and how many calls are booked', async () => {
    const { rate, process } = limited(2);
    expect(await rate()).toEqual({ limit: 2, effective: 2, booked: 0, next_at: iso(noonMs) });
    await process().reserve('task', noonMs);
    expect(await rate()).toMatchObject({ effective: 2, booked: 1 });
  });

  it('says until when an answer stops the calls, and for which error', async () => {
    const { rate, process } = limited(2);
    await process().applyFeedback('task', { kind: 'hold', code: 'INSUFFICIENT_CREDITS' });
    const paused_until = iso(noonMs + 67_500);
    expect(await rate()).toMatchObject({
      limit: 2,
      effective: 0,
      hold: 'INSUFFICIENT_CREDITS',
      paused_until,
    });
  });

  it('says how slowly calls come back after a throttled one', async () => {
    const { rate, process, clock } = limited(2);
    await process().applyFeedback('task', { kind: 'throttled', hintMs: 10_000 });
    const { effective, paused_until = '' } = (await rate()) as RateBody;
    expect(effective).toBe(0);
    clock.pass(Date.parse(paused_until) - noonMs);
    const probing = await rate();
    expect(probing).toMatchObject({ effective: 0.5 });
    expect(probing).not.toHaveProperty('paused_until');
    clock.pass(4_000);
    expect(await rate()).toMatchObject({ effective: 1.4 });
    clock.pass(30_000);
    expect(await rate()).toMatchObject({ effective: 2 });
  });

  it('says what is left of a limit in several shards, of which one is slowed down', async () => {
    const { rate, process } = limited(600);
    await process().applyFeedback('task', { kind: 'hold', code: 'INSUFFICIENT_CREDITS' });
    expect(await rate()).toMatchObject({ limit: 600, effective: 300 });
  });

  it.each([0, undefined])('has no rate in use where the limit is %s', async (perSecond) => {
    const body = await limited(perSecond).rate();
    expect(body).not.toHaveProperty('effective');
    expect((body as RateBody).limit).toBe(perSecond);
  });
});
