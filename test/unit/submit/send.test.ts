/** How long and how often one POST is tried, and what keeps it from being sent. */
import { describe, expect, it } from 'vitest';

import type { Exchange } from '../../../functions/crun/client.ts';
import type { RateLimiter } from '../../../functions/rate-limit/limiter.ts';
import { send, type SendDeps, sendPolicy } from '../../../functions/submit/send.ts';
import type { Measurement } from '../../../functions/telemetry/metrics.ts';
import { accepted, refusal } from '../../../local/simulator/envelope.ts';
import { testClock } from '../../support/records.ts';

const media = { media_url: 'https://media.example/a.jpg', media_type: 'image' } as const;
const answered = (body: unknown): Exchange => ({
  kind: 'answered',
  httpStatus: 200,
  body: JSON.stringify(body),
});
const created = answered(accepted('task-1'));
const unsent = (fault: 'dns' | 'tls'): Exchange => ({ kind: 'no-answer', fault });

interface Met {
  exchange: Exchange;
  /** Until there is an answer, or none. */
  tookMs?: number;
}

/** A sender whose calls meet these in turn; one that is answered was connected. */
function sender(meets: readonly Met[], deps: Partial<SendDeps> = {}) {
  const clock = testClock();
  const timeouts: number[] = [];
  const sentAtMs: number[] = [];
  const lines: object[] = [];
  const measured: Measurement[] = [];
  const fresh: string[] = [];
  const beganMs = clock.now();
  const whole: SendDeps = {
    clock,
    crun: {
      async call(_endpoint, { timeoutMs, onConnect }) {
        const { exchange, tookMs = 0 } = meets[timeouts.push(timeoutMs) - 1] ?? { exchange: created };
        sentAtMs.push(clock.now() - beganMs);
        if (exchange.kind !== 'no-answer') onConnect?.();
        clock.pass(tookMs);
        return exchange;
      },
    },
    apiKey: {
      read: async () => 'the-key',
      readAfresh: async () => void fresh.push('read'),
    },
    measure: (...value) => void measured.push(value),
    log: (line) => void lines.push(line),
    ...deps,
  };
  const submit = (sinceMs = beganMs) => send(whole, media, { shardKey: 'key-1', sinceMs });
  return { clock, submit, timeouts, sentAtMs, lines, measured, fresh };
}

const limiterThat = (reserve: RateLimiter['reserve']): RateLimiter =>
  ({ reserve, check: async () => ({ kind: 'expired' }) }) as unknown as RateLimiter;

describe('one POST', () => {
  it('has twelve seconds, and its outcome is logged', async () => {
    const { submit, timeouts, lines } = sender([]);
    expect(await submit()).toEqual({ kind: 'created', detectTaskId: 'task-1' });
    expect(timeouts).toEqual([12_000]);
    expect(lines).toEqual([{ outcome: 'created', reason: undefined, code: undefined }]);
  });

  it('that is rejected is logged by its code, and one whose outcome is unknown by its reason', async () => {
    const rejected = sender([{ exchange: answered(refusal(422, 'words')) }]);
    await rejected.submit();
    expect(rejected.lines).toEqual([{ outcome: 'rejected', reason: undefined, code: 422 }]);
    const unknown = sender([{ exchange: { kind: 'unreadable', httpStatus: 200, fault: 'cut' } }]);
    expect(await unknown.submit()).toEqual({ kind: 'unknown' });
    expect(unknown.lines).toEqual([{ outcome: 'unknown', reason: 'HTTP 200, cut', code: undefined }]);
  });
});

describe('a POST without a connection', () => {
  it('is repeated after 200 and 400 ms, then unsent', async () => {
    const dns = { exchange: unsent('dns') };
    const { submit, sentAtMs, lines, measured } = sender([dns, dns, dns, dns]);
    expect(await submit()).toEqual({ kind: 'unsent', reason: 'dns' });
    expect(sentAtMs).toEqual([0, 200, 600]);
    expect(lines).toEqual([{ outcome: 'unsent', reason: 'dns' }]);
    expect(measured).toEqual([['submissions', 1, 'unsent']]);
  });

  it('may succeed at a later try', async () => {
    const { submit, sentAtMs } = sender([{ exchange: unsent('dns') }, { exchange: created }]);
    expect((await submit()).kind).toBe('created');
    expect(sentAtMs).toEqual([0, 200]);
  });

  it('is not repeated for a wrong certificate', async () => {
    const { submit, timeouts } = sender([{ exchange: unsent('tls') }]);
    expect(await submit()).toEqual({ kind: 'unsent', reason: 'tls' });
    expect(timeouts).toHaveLength(1);
  });

  it('has fourteen seconds for all tries, and none begins that has no second left', async () => {
    const late = sender([{ exchange: unsent('dns'), tookMs: 11_000 }]);
    await late.submit();
    expect(late.timeouts).toEqual([12_000, 2_800]);
    for (const [tookMs, tries] of [
      [12_800, 2],
      [12_801, 1],
    ] as const) {
      const { submit, timeouts } = sender([{ exchange: unsent('dns'), tookMs }]);
      await submit();
      expect(timeouts).toHaveLength(tries);
    }
  });
});

const unreadable = async (): Promise<never> => Promise.reject(new Error('the store is down'));

describe('a sender', () => {
  it('of which others may think that it is gone by the end of its tries sends nothing', async () => {
    const { clock, submit, timeouts } = sender([]);
    const latestMs = sendPolicy.unknownAfterMs - sendPolicy.totalMs;
    expect((await submit(clock.now() - latestMs)).kind).toBe('created');
    expect(await submit(clock.now() - latestMs - 1)).toEqual({
      kind: 'unsent',
      reason: 'this process was asleep',
    });
    expect(timeouts).toHaveLength(1);
  });

  it.each([
    [401, 1],
    [403, 1],
    [402, 0],
    [505, 0],
    [429, 0],
  ])('with a key that is rejected by %i has it read afresh %i times', async (code, times) => {
    const { submit, fresh } = sender([{ exchange: answered(refusal(code, 'no')) }]);
    await submit();
    expect(fresh).toHaveLength(times);
  });

  it('has its answer even where the fresh key cannot be read', async () => {
    const { submit } = sender([{ exchange: answered(refusal(401, 'no')) }], {
      apiKey: { read: async () => 'the-key', readAfresh: unreadable },
    });
    expect(await submit()).toMatchObject({ kind: 'rejected', code: 401 });
  });

  it('waits four seconds for a slot of its submission, and no longer', async () => {
    const asked: unknown[] = [];
    const slotIn = (ms: number) =>
      sender([], {
        limiter: {
          reserve: async (shardKey: string, latestMs: number) => {
            asked.push([shardKey, latestMs - noon]);
            return { kind: 'reserved', slot: 1, atMs: noon + ms };
          },
          check: async () => ({ kind: 'reserved', slot: 1, atMs: noon + ms }),
        } as unknown as RateLimiter,
      });
    const noon = testClock().now();
    const near = slotIn(4_000);
    expect((await near.submit()).kind).toBe('created');
    expect(near.sentAtMs).toEqual([4_000]);
    const far = slotIn(4_001);
    expect(await far.submit()).toEqual({ kind: 'unsent', reason: 'the rate limit is used up' });
    expect(far.timeouts).toEqual([]);
    expect(asked).toEqual([
      ['key-1', 4_000],
      ['key-1', 4_000],
    ]);
  });

  it.each([
    ['INSUFFICIENT_CREDITS' as const, 'the key is on hold: INSUFFICIENT_CREDITS'],
    [undefined, 'the rate limit is used up'],
  ])('without a slot says what keeps the key from calling: %s', async (hold, reason) => {
    const { submit, timeouts, measured } = sender([], {
      limiter: limiterThat(async () => ({ kind: 'none', hold })),
    });
    expect(await submit()).toEqual({ kind: 'unsent', reason });
    expect(timeouts).toEqual([]);
    expect(measured).toEqual([['submissions', 1, 'unsent']]);
  });
});
