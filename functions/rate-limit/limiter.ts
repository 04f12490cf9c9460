/**
 * One rate for all tasks of a key, whichever process polls them: a poll books its slot in the key's item by one
 * conditional update (GCRA), and waits for it. Nobody holds anything: who dies with a slot has wasted that one.
 */
import { shardOf } from '../records/table.ts';
import { createFallback } from './fallback.ts';
import { createRateItem, type ItemDeps, type LimiterState } from './item.ts';
import { paceOf } from './limit.ts';
import { type Feedback, type HoldCode, withFeedback, keyTimeAt, timeOfKey } from './virtual-clock.ts';

export interface RateLimiterDeps extends ItemDeps {
  /** Calls a second, above 0. */
  perSecond: number;
  now: () => number;
  /** Drawn from [0, 1). */
  random: () => number;
  /** Hears that the shared rate could not be reached; then each process goes on slowly by itself. */
  unreachable: (error: unknown) => void;
}

/** `hold`: what the provider said to somebody, while that keeps the key from asking. */
export type Reservation = { hold?: HoldCode | undefined } &
  /** `slot` is a time by the key's clock, in microseconds; `atMs` is when that is, as things stand. */
  (
    | { kind: 'slot'; slot: number; atMs: number }
    /** No slot before the latest that is of use. */
    | { kind: 'none' }
  );

export type Rate = ReturnType<typeof createRateLimiter>;

/** Each lost try means that another one booked, or that the tempo changed. */
const maxTries = 6;
/** A slot is used late by so much at the most: what slept too long must not call all at once. */
const graceUs = 2_000_000;
/** Once the item could not be reached, nobody waits for it again so soon. */
const unreachableMs = 10_000;

export function createRateLimiter(deps: RateLimiterDeps) {
  const { now, random } = deps;
  const pace = paceOf(deps.perSecond);
  const item = createRateItem(deps);
  const fallback = createFallback(random);
  /** What this process saw last: it decides what is tried first, never what is true. */
  const seen = new Map<number, LimiterState>();
  let unreachableUntilMs = 0;

  const nowUs = (): number => Math.floor(now() * 1_000);
  const keyNow = ({ virtualClock }: LimiterState): number => keyTimeAt(virtualClock, pace, nowUs());
  /** A slot of the past is now, or when the key opens again. */
  const whenOf = (limiterState: LimiterState, slot: number) => ({
    atMs: Math.ceil(timeOfKey(limiterState.virtualClock, pace, Math.max(slot, keyNow(limiterState))) / 1_000),
    hold: holdOf(limiterState),
  });
  const holdOf = ({ virtualClock }: LimiterState): HoldCode | undefined =>
    nowUs() < virtualClock.openUs ? virtualClock.hold : undefined;

  async function look(shard: number): Promise<LimiterState> {
    const limiterState = await item.read(shard);
    seen.set(shard, limiterState);
    return limiterState;
  }

  /** Our own fault must not stop the polling: what cannot be reached is told, and done without. */
  async function reaching<T>(work: () => Promise<T>, without: () => T): Promise<T> {
    if (now() < unreachableUntilMs) return without();
    try {
      return await work();
    } catch (error) {
      unreachableUntilMs = now() + unreachableMs;
      deps.unreachable(error);
      return without();
    }
  }

  async function reserveIn(shard: number, latestMs: number): Promise<Reservation | 'conflict'> {
    const limiterState = seen.get(shard) ?? (await look(shard));
    const { virtualClock, tatUs } = limiterState;
    const keyNowUs = keyNow(limiterState);
    const limitUs = keyTimeAt(virtualClock, pace, Math.floor(latestMs * 1_000)) + pace.toleranceUs;
    // It never goes back: what is too late as it was seen is too late.
    if (tatUs > limitUs || whenOf(limiterState, keyNowUs).atMs > latestMs)
      return { kind: 'none', hold: holdOf(limiterState) };
    const booked =
      tatUs > keyNowUs
        ? await item.queue(shard, virtualClock, { intervalUs: pace.intervalUs, nowUs: keyNowUs, limitUs })
        : await item.goAhead(shard, virtualClock, keyNowUs, keyNowUs + pace.intervalUs);
    if (booked === 'conflict') return 'conflict';
    seen.set(shard, { virtualClock, tatUs: booked + pace.intervalUs });
    const slot = booked - pace.toleranceUs;
    return { kind: 'slot', slot, ...whenOf(limiterState, slot) };
  }

  return {
    /** The next free slot, if it is not after `latestMs`. */
    book(detectTaskId: string, latestMs: number): Promise<Reservation> {
      const shard = shardOf(detectTaskId, pace.shards);
      return reaching(
        async (): Promise<Reservation> => {
          for (let tries = 0; tries < maxTries; tries++) {
            const booking = await reserveIn(shard, latestMs);
            if (booking !== 'conflict') return booking;
            seen.delete(shard);
          }
          throw new Error(`lost ${maxTries} races for a slot`);
        },
        // No slot of the key's clock: it counts as missed as soon as that can be read again.
        () => ({ kind: 'slot', slot: 0, atMs: Math.min(fallback(now()), latestMs) }),
      );
    },

    /** When a booked slot is, now; the key may have been paused meanwhile. `missed`: it is over, book another one. */
    when(detectTaskId: string, slot: number): Promise<Reservation | { kind: 'expired' }> {
      return reaching(
        async (): Promise<Reservation | { kind: 'expired' }> => {
          const limiterState = await look(shardOf(detectTaskId, pace.shards));
          if (slot < keyNow(limiterState) - graceUs) return { kind: 'expired' };
          return { kind: 'slot', slot, ...whenOf(limiterState, slot) };
        },
        () => ({ kind: 'slot', slot, atMs: now() }),
      );
    },

    /** What an answer of the provider means for all tasks of the key. */
    async applyFeedback(detectTaskId: string, feedback: Feedback): Promise<void> {
      const shard = shardOf(detectTaskId, pace.shards);
      await reaching(
        async () => {
          for (let tries = 0; tries < maxTries; tries++) {
            const limiterState = await look(shard);
            const virtualClock = withFeedback(limiterState.virtualClock, pace, feedback, nowUs(), random());
            if (virtualClock === undefined) return;
            // A burst that was saved up is gone: the next call is one alone.
            const written = await item.change(
              shard,
              limiterState,
              virtualClock,
              virtualClock.keyUs + pace.toleranceUs,
            );
            if (written === 'conflict') continue;
            seen.set(shard, written);
            return;
          }
        },
        () => {},
      );
    },
  };
}
