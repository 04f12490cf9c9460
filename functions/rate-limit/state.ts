/** The state of one shard, and the attributes that hold it. */
import * as z from 'zod/mini';

import { holdCodes } from '../detection/error-codes.ts';
import { intervalBoundsUs } from './limit.ts';
import { steadyClock, type VirtualClock } from './virtual-clock.ts';

/** What the item of a shard holds. */
export interface LimiterState {
  /** The theoretical arrival time of the next reservation, by the virtual clock. */
  tatUs: number;
  virtualClock: VirtualClock;
  /** When its last writer wrote it, by the clock of that process. */
  writtenAtUs: number;
  /** From one slot to the next, by the rate of that process; absent where there is no item. */
  intervalUs: number | undefined;
}

/** Sums of two of them stay exact. */
const Microseconds = z.int().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER / 2));

/** A value outside of these bounds is of no limiter. Items of older versions have neither `written_at_us` nor `interval_us`. */
const Reserved = z.object({
  tat: z.optional(Microseconds),
  written_at_us: z.optional(Microseconds),
  interval_us: z.optional(z.int().check(z.gte(intervalBoundsUs.min), z.lte(intervalBoundsUs.max))),
});
/** The clock's attributes are absent until the first feedback. */
const Clock = z.object({
  epoch: z.int().check(z.gte(1)),
  set_at_us: Microseconds,
  virtual_us: Microseconds,
  resumes_at_us: Microseconds,
  speed_permille: z.int().check(z.gte(1), z.lte(1_000)),
  pauses: z.int().check(z.gte(1)),
  hold: z.optional(z.enum(holdCodes)),
});
const Steady = z.object({ epoch: z.optional(z.undefined()) });
export const LimiterItem = z.intersection(Reserved, z.union([Clock, Steady]));

/** All attributes that an item may have. */
export type LimiterItem = z.infer<typeof Reserved> & z.infer<typeof Clock>;

export const clockAttributes = (clock: VirtualClock) => ({
  epoch: clock.epoch,
  set_at_us: clock.setAtUs,
  virtual_us: clock.virtualUs,
  resumes_at_us: clock.resumesAtUs,
  speed_permille: clock.speedPermille,
  pauses: clock.pausesInARow,
  ...(clock.hold !== undefined && { hold: clock.hold }),
});

export const unused: LimiterState = {
  tatUs: 0,
  virtualClock: steadyClock,
  writtenAtUs: 0,
  intervalUs: undefined,
};

export function stateOf(item: z.infer<typeof LimiterItem>): LimiterState {
  const { tat: tatUs = 0, written_at_us: writtenAtUs = 0, interval_us: intervalUs } = item;
  const virtualClock = item.epoch === undefined ? steadyClock : virtualClockOf(item);
  return { tatUs, writtenAtUs, intervalUs, virtualClock };
}

const virtualClockOf = (item: z.infer<typeof Clock>): VirtualClock => ({
  epoch: item.epoch,
  setAtUs: item.set_at_us,
  virtualUs: item.virtual_us,
  resumesAtUs: item.resumes_at_us,
  speedPermille: item.speed_permille,
  pausesInARow: item.pauses,
  hold: item.hold,
});
