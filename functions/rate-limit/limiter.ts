/**
 * One rate limit for all tasks of a key, in whichever process they are polled. A poll reserves its slot in the key's item
 * by one conditional update (GCRA) and waits for the slot. A process that dies wastes its slot and blocks no other.
 */
import type { HoldCode } from '../detection/error-codes.ts';
import { shardOf } from '../records/table.ts';
import { createFallback } from './fallback.ts';
import { type Feedback, withFeedback } from './feedback.ts';
import { createLimiterItem, type ItemDeps } from './item.ts';
import { limitShapeOf } from './limit.ts';
import { rebase, type RebaseCause, rebaseCause } from './rebase.ts';
import type { LimiterState } from './state.ts';
import { momentOf, virtualTimeAt } from './virtual-clock.ts';

export interface RateLimiterDeps extends ItemDeps {
  /** Calls a second, above 0. */
  perSecond: number;
  now: () => number;
  /** Drawn from [0, 1). */
  random: () => number;
  /** Called when the shared limit cannot be reached; then each process goes on slowly. */
  onUnreachable: (error: unknown) => void;
  /** Called when the shared limit was corrected, because it could not be explained. */
  onRebased: (cause: RebaseCause) => void;
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
    const leftMs = unreachableUntilMs - now();
    if (leftMs > 0 && leftMs <= unreachableMs) return without();
    try {
      return await work();
    } catch (error) {
      unreachableUntilMs = now() + unreachableMs;
      deps.onUnreachable(error);
      return without();
    }
  }

  /** What was seen of the item, if that can be explained; else the item as it must be from now on. */
  async function explained(shard: number, state: LimiterState): Promise<LimiterState | 'conflict'> {
    const next = rebase(state, shape, nowUs());
    if (next === state) return state;
    const written = await item.replace(shard, state, next);
    if (written === 'conflict') return 'conflict';
    seen.set(shard, written);
    deps.onRebased(rebaseCause(state, shape, nowUs()));
    return written;
  }

  async function reserveIn(shard: number, latestMs: number): Promise<Reservation | 'conflict'> {
    const remembered = seen.get(shard);
    const state = await explained(shard, remembered ?? (await read(shard)));
    if (state === 'conflict') return 'conflict';
    const { virtualClock, tatUs } = state;
    const virtualUs = virtualNowUs(state);
    const latestUs = virtualTimeAt(virtualClock, shape, Math.floor(latestMs * 1_000));
    const limitUs = latestUs + shape.burstToleranceUs;
    if (tatUs > limitUs || reservedAt(state, virtualUs).atMs > latestMs)
      // What was remembered may have been rebased since, and a task ends by this.
      return remembered === undefined ? { kind: 'none', hold: holdOf(state) } : 'conflict';
    const { intervalUs } = shape;
    const writtenAtUs = nowUs();
    const reservation = { intervalUs, nowUs: virtualUs, writtenAtUs };
    const arrivalUs =
      tatUs > virtualUs
        ? await item.reserveBehind(shard, virtualClock, { ...reservation, limitUs })
        : await item.reserveNow(shard, virtualClock, reservation);
    if (arrivalUs === 'conflict') return 'conflict';
    seen.set(shard, { virtualClock, tatUs: arrivalUs + intervalUs, writtenAtUs, intervalUs });
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
          const state = rebase(await read(shardOf(detectTaskId, shape.shards)), shape, nowUs());
          const inUs = slot - virtualNowUs(state);
          // A slot to come, behind the queue that there is, was reserved by a wrong clock or another rate.
          const isBehindQueue = slot + shape.burstToleranceUs + shape.intervalUs > state.tatUs;
          return inUs < -graceUs || (inUs > 0 && isBehindQueue)
            ? { kind: 'expired' }
            : reservedAt(state, slot);
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
            const state = await explained(shard, await read(shard));
            if (state === 'conflict') continue;
            const virtualClock = withFeedback(state.virtualClock, shape, feedback, nowUs(), random());
            if (virtualClock === undefined) return;
            // The saved burst is gone: the next call comes alone.
            const tatUs = virtualClock.virtualUs + shape.burstToleranceUs;
            const { intervalUs } = shape;
            const next = { virtualClock, tatUs, intervalUs, writtenAtUs: virtualClock.setAtUs };
            const written = await item.setClock(shard, state, next);
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
