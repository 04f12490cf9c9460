/**
 * One rate for all tasks of a key, whichever process polls them: a poll books its slot in the key's item by one
 * conditional update (GCRA), and waits for it. Nobody holds anything: who dies with a slot has wasted that one.
 */
import { createFallback } from './fallback.ts';
import { createRateItem, type ItemDeps, type Standing } from './item.ts';
import { paceOf } from './limit.ts';
import { type Brake, braked, keyTimeAt, timeOfKey } from './virtual-clock.ts';

export interface RateDeps extends ItemDeps {
  /** Calls a second, above 0. */
  perSecond: number;
  now: () => number;
  /** Drawn from [0, 1). */
  random: () => number;
  /** Hears that the shared rate could not be reached; then each process goes on slowly by itself. */
  unreachable: (error: unknown) => void;
}

/** `hold`: what the provider said to somebody, while that keeps the key from asking. */
export type Booking = { hold?: string | undefined } &
  /** `slot` is a time by the key's clock, in microseconds; `atMs` is when that is, as things stand. */
  (
    | { kind: 'slot'; slot: number; atMs: number }
    /** No slot before the latest that is of use. */
    | { kind: 'none' }
  );

export type Rate = ReturnType<typeof createRate>;

/** Each lost try means that another one booked, or that the tempo changed. */
const maxTries = 6;
/** A slot is used late by so much at the most: what slept too long must not call all at once. */
const graceUs = 2_000_000;
/** Once the item could not be reached, nobody waits for it again so soon. */
const unreachableMs = 10_000;

export function createRate(deps: RateDeps) {
  const { now, random } = deps;
  const pace = paceOf(deps.perSecond);
  const item = createRateItem(deps);
  const fallback = createFallback(random);
  /** What this process saw last: it decides what is tried first, never what is true. */
  const seen = new Map<number, Standing>();
  let unreachableUntilMs = 0;

  const shardOf = (detectTaskId: string): number => {
    let sum = 0;
    for (const letter of detectTaskId) sum = (sum * 31 + letter.charCodeAt(0)) % 1_000_003;
    return sum % pace.shards;
  };
  const nowUs = (): number => Math.floor(now() * 1_000);
  const keyNow = ({ tempo }: Standing): number => keyTimeAt(tempo, pace, nowUs());
  /** A slot of the past is now, or when the key opens again. */
  const whenOf = (standing: Standing, slot: number) => ({
    atMs: Math.ceil(timeOfKey(standing.tempo, pace, Math.max(slot, keyNow(standing))) / 1_000),
    hold: holdOf(standing),
  });
  const holdOf = ({ tempo }: Standing): string | undefined =>
    nowUs() < tempo.openUs ? tempo.hold : undefined;

  async function look(shard: number): Promise<Standing> {
    const standing = await item.read(shard);
    seen.set(shard, standing);
    return standing;
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

  async function bookIn(shard: number, latestMs: number): Promise<Booking | 'lost'> {
    const standing = seen.get(shard) ?? (await look(shard));
    const { tempo, tatUs } = standing;
    const keyNowUs = keyNow(standing);
    const limitUs = keyTimeAt(tempo, pace, Math.floor(latestMs * 1_000)) + pace.toleranceUs;
    // It never goes back: what is too late as it was seen is too late.
    if (tatUs > limitUs || whenOf(standing, keyNowUs).atMs > latestMs)
      return { kind: 'none', hold: holdOf(standing) };
    const booked =
      tatUs > keyNowUs
        ? await item.queue(shard, tempo, { intervalUs: pace.intervalUs, nowUs: keyNowUs, limitUs })
        : await item.goAhead(shard, tempo, keyNowUs, keyNowUs + pace.intervalUs);
    if (booked === 'lost') return 'lost';
    seen.set(shard, { tempo, tatUs: booked + pace.intervalUs });
    const slot = booked - pace.toleranceUs;
    return { kind: 'slot', slot, ...whenOf(standing, slot) };
  }

  return {
    /** The next free slot, if it is not after `latestMs`. */
    book(detectTaskId: string, latestMs: number): Promise<Booking> {
      const shard = shardOf(detectTaskId);
      return reaching(
        async (): Promise<Booking> => {
          for (let tries = 0; tries < maxTries; tries++) {
            const booking = await bookIn(shard, latestMs);
            if (booking !== 'lost') return booking;
            seen.delete(shard);
          }
          throw new Error(`lost ${maxTries} races for a slot`);
        },
        // No slot of the key's clock: it counts as missed as soon as that can be read again.
        () => ({ kind: 'slot', slot: 0, atMs: Math.min(fallback(now()), latestMs) }),
      );
    },

    /** When a booked slot is, now; the key may have been paused meanwhile. `missed`: it is over, book another one. */
    when(detectTaskId: string, slot: number): Promise<Booking | { kind: 'missed' }> {
      return reaching(
        async (): Promise<Booking | { kind: 'missed' }> => {
          const standing = await look(shardOf(detectTaskId));
          if (slot < keyNow(standing) - graceUs) return { kind: 'missed' };
          return { kind: 'slot', slot, ...whenOf(standing, slot) };
        },
        () => ({ kind: 'slot', slot, atMs: now() }),
      );
    },

    /** What an answer of the provider means for all tasks of the key. */
    async brake(detectTaskId: string, brake: Brake): Promise<void> {
      const shard = shardOf(detectTaskId);
      await reaching(
        async () => {
          for (let tries = 0; tries < maxTries; tries++) {
            const standing = await look(shard);
            const tempo = braked(standing.tempo, pace, brake, nowUs(), random());
            if (tempo === undefined) return;
            // A burst that was saved up is gone: the next call is one alone.
            const written = await item.change(shard, standing, tempo, tempo.keyUs + pace.toleranceUs);
            if (written === 'lost') continue;
            seen.set(shard, written);
            return;
          }
        },
        () => {},
      );
    },
  };
}
