import { describe, expect, it } from 'vitest';

import { createRequestLimiter } from '../../../client/request-limiter.ts';
import { createVirtualClock } from '../../support/virtual-clock.ts';

/** `processes` that start so many tasks together, each with a limiter of its own, at one token bucket. */
async function startAll(options: { count: number; size: number; perSecond: number; processes?: number }) {
  const { count, size, perSecond, processes = 1 } = options;
  const clock = createVirtualClock();
  const startedMs = clock.now();
  let [tokens, atMs, throttled] = [size, clock.now(), 0];
  const share = count / processes;
  const finishedSeconds: number[] = [];

  async function call(): Promise<void> {
    await clock.sleep(20);
    tokens = Math.min(size, tokens + ((clock.now() - atMs) * perSecond) / 1_000);
    atMs = clock.now();
    const isAccepted = tokens >= 1;
    if (isAccepted) tokens -= 1;
    await clock.sleep(20);
    if (isAccepted) return;
    throttled += 1;
    throw new Error('throttled');
  }

  async function run(): Promise<void> {
    const limiter = createRequestLimiter(clock, { isThrottled: () => true, timeoutError: () => new Error() });
    const numbers = Array.from({ length: share }).keys();
    const worker = async (): Promise<void> => {
      for (const _ of numbers) await limiter.run(call);
    };
    await Promise.all(Array.from({ length: Math.min(share, 1_000) }, worker));
    finishedSeconds.push((clock.now() - startedMs) / 1_000);
  }
  await clock.attend(() => Promise.all(Array.from({ length: processes }, run)));
  return { finishedSeconds, throttled, idealSeconds: (count - size) / perSecond };
}

describe('a request limiter', () => {
  it.each([
    [10_000, 1_300, 300],
    [10_000, 1_300, 1_000],
    [3_000, 50, 50],
  ])('gets %i requests through a bucket of %i that %i a second fill', async (count, size, perSecond) => {
    const { finishedSeconds, throttled, idealSeconds } = await startAll({ count, size, perSecond });
    expect(finishedSeconds[0]).toBeGreaterThan(idealSeconds);
    expect(finishedSeconds[0]).toBeLessThan(1.1 * idealSeconds + 5);
    expect(throttled).toBeLessThan(1_500 + 0.05 * count);
  });

  it('recovers within seconds where the bucket is empty at first', async () => {
    const { finishedSeconds, idealSeconds } = await startAll({ count: 2_000, size: 1, perSecond: 100 });
    expect(finishedSeconds[0]).toBeLessThan(1.1 * idealSeconds + 10);
  });

  it('is as fast where several processes share the bucket', async () => {
    const { finishedSeconds, idealSeconds } = await startAll({
      count: 9_000,
      size: 1_300,
      perSecond: 300,
      processes: 3,
    });
    expect(finishedSeconds).toHaveLength(3);
    expect(Math.max(...finishedSeconds)).toBeLessThan(1.15 * idealSeconds + 5);
  });
});
