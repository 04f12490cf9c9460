/** Waits for a poll's slot in the rate limit that all tasks of a key share, or says that the wait is the workflow's. */
import type { Clock } from '../clock.ts';
import type { HoldCode } from '../detection/error-codes.ts';
import type { RateLimiter } from './limiter.ts';

export interface SlotDeps {
  /** Without it there is no limit. */
  limiter?: RateLimiter | undefined;
  clock: Clock;
}

export interface SlotTimes {
  /** A slot that comes later than this, and by a second or more, is left to the workflow. */
  waitUntilMs: number;
  /** A slot that comes later than this is of no use. */
  latestMs: number;
}

/** `slotWaitMs`: from a reservation to its slot, as known when it was made; undefined where none was made. */
export type AcquiredSlot =
  /** The poll that follows uses the slot. `isQueued`: there is a queue, in which it had to wait. */
  | { kind: 'now'; isQueued: boolean; slotWaitMs: number | undefined }
  /** The slot comes in so many seconds, or a part of a second later, and stays reserved for a later invocation. */
  | { kind: 'later'; slot: number; waitSeconds: number; slotWaitMs: number | undefined }
  /** There is no slot in time. `hold` says why, where an answer keeps the key from calling. */
  | { kind: 'none'; hold: HoldCode | undefined };

/** A slot further away is checked in between: a higher rate or a reset of the limit may have brought it nearer. */
const longestWaitSeconds = 300;
/** A shorter wait comes from a chance meeting and not from a queue. */
const queueMs = 1_000;

/**
 * Reserves a slot, or takes the reserved one. After each wait it checks the slot again, because the key may have been
 * paused. The last part of a second is always waited for here: the workflow waits in whole ones.
 */
export async function acquireSlot(
  { limiter, clock }: SlotDeps,
  detectTaskId: string,
  reservedSlot: number | undefined,
  { waitUntilMs, latestMs }: SlotTimes,
): Promise<AcquiredSlot> {
  if (limiter === undefined) return { kind: 'now', isQueued: false, slotWaitMs: undefined };
  let isQueued = reservedSlot !== undefined;
  let slotWaitMs: number | undefined;
  for (let slot = reservedSlot; ;) {
    const wantedMs = clock.now();
    const reservation =
      slot === undefined
        ? await limiter.reserve(detectTaskId, latestMs)
        : await limiter.check(detectTaskId, slot);
    if (reservation.kind === 'expired') {
      slot = undefined;
      continue;
    }
    const { hold } = reservation;
    if (reservation.kind === 'none') return { kind: 'none', hold };
    const { atMs } = reservation;
    if (slot === undefined) slotWaitMs = Math.max(atMs - wantedMs, 0);
    const inMs = Math.max(atMs - clock.now(), 0);
    if (inMs === 0) return { kind: 'now', isQueued, slotWaitMs };
    if (atMs > latestMs) return { kind: 'none', hold };
    slot = reservation.slot;
    if (atMs > waitUntilMs && inMs >= 1_000) {
      const waitSeconds = Math.min(Math.floor(inMs / 1_000), longestWaitSeconds);
      return { kind: 'later', slot, waitSeconds, slotWaitMs };
    }
    isQueued ||= inMs >= queueMs;
    await clock.sleep(inMs);
  }
}
