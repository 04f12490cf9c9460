/**
 * What a process makes of a state that true clocks and its own rate do not explain. All processes of a key write into one
 * item: a clock that is wrong, or a rate that has changed, must not outlive its cause. Pure.
 */
import { deadlineBounds } from '../detection/input.ts';
import { maxHintMs } from '../http/retry-after.ts';
import type { LimitShape } from './limit.ts';
import type { LimiterState } from './state.ts';
import { type VirtualClock, virtualTimeAt } from './virtual-clock.ts';

/** Clocks that are apart by less than this count as equal. */
export const clocksApartUs = 2_000_000;
/** No slot is reserved that comes later, and no answer pauses a key for longer. */
const longestQueueUs = deadlineBounds.maxSeconds * 1_000_000;
const longestPauseUs = maxHintMs * 1_000;
/** Items of older versions do not say when they were written: by then a long queue has a wrong clock for its cause. */
const longestUndatedQueueUs = 5 * 60_000_000;

/** Why a state is not explained: its last writer's clock or rate, what it holds, or that no limiter wrote it. */
export type RebaseCause = 'clock' | 'rate' | 'bounds' | 'unreadable';

export function rebaseCause(seen: LimiterState, shape: LimitShape, nowUs: number): RebaseCause {
  if (aheadOf(seen, nowUs) > clocksApartUs) return 'clock';
  return (seen.intervalUs ?? shape.intervalUs) === shape.intervalUs ? 'bounds' : 'rate';
}

const aheadOf = ({ writtenAtUs, virtualClock }: LimiterState, nowUs: number): number =>
  Math.max(writtenAtUs, virtualClock.setAtUs) - nowUs;

/**
 * The same state where it can be explained. A last writer from the future had a wrong clock, or this process has: either
 * way its times move to our present, and the queue and the pause stay as long as it left them. After a change of the
 * rate, the queue has as many slots as before. A queue or a pause longer than any deadline or hint ends now.
 */
export function rebase(seen: LimiterState, shape: LimitShape, nowUs: number): LimiterState {
  const aheadUs = aheadOf(seen, nowUs);
  const isAhead = aheadUs > clocksApartUs;
  const virtualClock = withoutLongPause(
    isAhead ? shifted(seen.virtualClock, aheadUs, nowUs) : seen.virtualClock,
    shape,
    nowUs,
  );
  const { intervalUs = shape.intervalUs } = seen;
  const isUnchanged = !isAhead && virtualClock === seen.virtualClock && intervalUs === shape.intervalUs;
  const virtualUs = virtualTimeAt(virtualClock, shape, nowUs);
  const thenUs = isAhead ? virtualTimeAt(seen.virtualClock, shape, nowUs + aheadUs) : virtualUs;
  const queueUs = Math.max(seen.tatUs - thenUs, 0);
  const isExplained = queueUs <= longestOf(seen, shape) && isExplainedWhenWritten(seen, shape);
  if (isUnchanged && isExplained) return seen;
  const inSlotsUs = Math.ceil((queueUs * shape.intervalUs) / intervalUs);
  const isKept = isExplained && inSlotsUs <= longestOf(seen, shape);
  const tatUs = virtualUs + (isKept ? inSlotsUs : shape.burstToleranceUs);
  return { tatUs, virtualClock, writtenAtUs: nowUs, intervalUs: shape.intervalUs };
}

const longestOf = ({ writtenAtUs }: LimiterState, shape: LimitShape): number =>
  (writtenAtUs === 0 ? longestUndatedQueueUs : longestQueueUs) + shape.burstToleranceUs + shape.intervalUs;

/** A queue that began later than its last write is of no limiter. */
const isExplainedWhenWritten = (seen: LimiterState, shape: LimitShape): boolean =>
  seen.writtenAtUs === 0 ||
  seen.tatUs - virtualTimeAt(seen.virtualClock, shape, seen.writtenAtUs) <= longestOf(seen, shape);

/** A clock that was set in the future was set now. */
const shifted = (clock: VirtualClock, aheadUs: number, nowUs: number): VirtualClock =>
  clock.setAtUs <= nowUs
    ? clock
    : {
        ...clock,
        epoch: clock.epoch + 1,
        setAtUs: clock.setAtUs - aheadUs,
        resumesAtUs: clock.resumesAtUs - aheadUs,
      };

const withoutLongPause = (clock: VirtualClock, shape: LimitShape, nowUs: number): VirtualClock =>
  clock.resumesAtUs - nowUs <= longestPauseUs + clocksApartUs
    ? clock
    : {
        epoch: clock.epoch + 1,
        setAtUs: nowUs,
        virtualUs: virtualTimeAt(clock, shape, nowUs),
        resumesAtUs: nowUs,
        speedPermille: clock.speedPermille,
        pausesInARow: 1,
      };
