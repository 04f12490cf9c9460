/**
 * One rate limit for all tasks of a key, in whichever process they are polled. A poll reserves its slot in the key's item
 * by one conditional update (GCRA) and waits for the slot. A process that dies wastes its slot and blocks no other.
 */
import type { HoldCode } from '../detection/error-codes.ts';
import { shardOf } from '../records/table.ts';
import { createFallback } from './fallback.ts';
import { type Feedback, withFeedback } from './feedback.ts';
import { createLimiterItem, type ItemDeps, type LimiterState } from './item.ts';
import { limitShapeOf } from './limit.ts';
import { momentOf, virtualTimeAt } from './virtual-clock.ts';

export interface RateLimiterDeps extends ItemDeps {
  /** Calls a second, above 0. */
  perSecond: number;
  now: () => number;
  /** Drawn from [0, 1). */
  random: () => number;
  /** Called when the shared limit cannot be reached; then each process goes on slowly. */
  onUnreachable: (error: unknown) => void;
}

/** `slot` is a time of the key's virtual clock, in microseconds; `atMs` is when it comes if nothing changes. */
type Reserved = { kind: 'reserved'; slot: number; atMs: number; hold?: HoldCode | undefined };

export type Reservation =
  | Reserved
  /** There is no slot in time. `hold` says why, where an answer keeps the key from calling. */
  | { kind: 'none'; hold?: HoldCode | undefined };

/** An expired slot was slept through: reserve another one. */
export type Check = Reserved | { kind: 'expired' };

export type RateLimiter = ReturnType<typeof createRateLimiter>;

/** A conflict means that another process reserved, or that the virtual clock changed. */
const maxConflicts = 6;
/** A slot is used late by this much at the most: late wake-ups must not stampede. */
const graceUs = 2_000_000;
/** After a failure the item is left alone for so long. */
const unreachableMs = 10_000;

export function createRateLimiter(deps: RateLimiterDeps) {
  const { now, random } = deps;
  const shape = limitShapeOf(deps.perSecond);
  const item = createLimiterItem(deps);
  const fallback = createFallback(random);
  /** What this process saw last. It decides what is tried first, never what is true. */
  const seen = new Map<number, LimiterState>();
  let unreachableUntilMs = 0;

  const nowUs = (): number => Math.floor(now() * 1_000);
  const virtualNowUs = ({ virtualClock }: LimiterState): number =>
    virtualTimeAt(virtualClock, shape, nowUs());
  const holdOf = ({ virtualClock }: LimiterState): HoldCode | undefined =>
    nowUs() < virtualClock.resumesAtUs ? virtualClock.hold : undefined;
  /** A slot in the past comes now, or when the key resumes. */
  function reservedAt(state: LimiterState, slot: number): Reserved {
    const comesUs = momentOf(state.virtualClock, shape, Math.max(slot, virtualNowUs(state)));
    return { kind: 'reserved', slot, atMs: Math.ceil(comesUs / 1_000), hold: holdOf(state) };
  }

  async function read(shard: number): Promise<LimiterState> {
    const state = await item.read(shard);
    seen.set(shard, state);
    return state;
  }

  /** A fault of ours must not stop the polling: it is reported, and the fallback decides. */
  async function orWithout<T>(work: () => Promise<T>, without: () => T): Promise<T> {
    if (now() < unreachableUntilMs) return without();
    try {
      return await work();
    } catch (error) {
      unreachableUntilMs = now() + unreachableMs;
      deps.onUnreachable(error);
      return without();
    }
  }

  async function reserveIn(shard: number, latestMs: number): Promise<Reservation | 'conflict'> {
    const state = seen.get(shard) ?? (await read(shard));
    const { virtualClock, tatUs } = state;
    const virtualUs = virtualNowUs(state);
    const latestUs = virtualTimeAt(virtualClock, shape, Math.floor(latestMs * 1_000));
    const limitUs = latestUs + shape.burstToleranceUs;
    // Arrival times never go back: what is too late as it was seen is too late.
    if (tatUs > limitUs || reservedAt(state, virtualUs).atMs > latestMs)
      return { kind: 'none', hold: holdOf(state) };
    const { intervalUs } = shape;
    const arrivalUs =
      tatUs > virtualUs
        ? await item.reserveBehind(shard, virtualClock, { intervalUs, nowUs: virtualUs, limitUs })
        : await item.reserveNow(shard, virtualClock, { intervalUs, nowUs: virtualUs });
    if (arrivalUs === 'conflict') return 'conflict';
    seen.set(shard, { virtualClock, tatUs: arrivalUs + intervalUs });
    return reservedAt(state, arrivalUs - shape.burstToleranceUs);
  }

  return {
    /** Reserves the next free slot, if it comes by `latestMs`. */
    reserve(detectTaskId: string, latestMs: number): Promise<Reservation> {
      const shard = shardOf(detectTaskId, shape.shards);
      return orWithout(
        async (): Promise<Reservation> => {
          for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
            const reservation = await reserveIn(shard, latestMs);
            if (reservation !== 'conflict') return reservation;
            seen.delete(shard);
          }
          throw new Error(`no slot after ${maxConflicts} conflicts`);
        },
        // Not a time of the virtual clock: it counts as expired as soon as the clock can be read again.
        () => ({ kind: 'reserved', slot: 0, atMs: Math.min(fallback(now()), latestMs) }),
      );
    },

    /** When a reserved slot comes as of now: the key may have been paused since. */
    check(detectTaskId: string, slot: number): Promise<Check> {
      return orWithout(
        async (): Promise<Check> => {
          const state = await read(shardOf(detectTaskId, shape.shards));
          return slot < virtualNowUs(state) - graceUs ? { kind: 'expired' } : reservedAt(state, slot);
        },
        () => ({ kind: 'reserved', slot, atMs: now() }),
      );
    },

    /** Slows down all tasks of the key, after what the provider said to one of them. */
    async applyFeedback(detectTaskId: string, feedback: Feedback): Promise<void> {
      const shard = shardOf(detectTaskId, shape.shards);
      await orWithout(
        async () => {
          for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
            const state = await read(shard);
            const virtualClock = withFeedback(state.virtualClock, shape, feedback, nowUs(), random());
            if (virtualClock === undefined) return;
            // The saved burst is gone: the next call comes alone.
            const tatUs = virtualClock.virtualUs + shape.burstToleranceUs;
            const written = await item.setClock(shard, state, virtualClock, tatUs);
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
