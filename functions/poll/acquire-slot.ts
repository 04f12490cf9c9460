import type { Clock } from '../clock.ts';
import type { Observation } from '../crun/observation.ts';
import type { Rate } from '../rate-limit/limiter.ts';
import type { Feedback, HoldCode } from '../rate-limit/virtual-clock.ts';
/** Whose turn is it? A poll's slot in the rate that all tasks of a key share, and where the wait for it happens. */
import type { Measure } from '../telemetry/metrics.ts';
import type { Policy } from './policy.ts';

export interface SlotDeps {
  /** Absent: there is no limit, and nobody is asked. */
  rate?: Rate | undefined;
  clock: Clock;
  measure: Measure;
}

export type Turn =
  /** What was booked is used up by the poll that now follows. `isQueued`: it had to wait, because there is a queue. */
  | { kind: 'now'; isQueued: boolean }
  /** In a later invocation, which keeps the slot that is booked: at `atMs`, or a part of a second later. */
  | { kind: 'later'; slot: number; atMs: number; waitSeconds: number }
  /** None in time; `hold`: because of what the provider said. */
  | { kind: 'never'; hold: HoldCode | undefined };

/** Who waits for less has only met somebody. */
const queueMs = 1_000;

/**
 * Books a slot, or takes the one that was booked, and waits for it as long as the invocation lasts. Each wait ends with
 * another look: the key may have been paused meanwhile. The last part of a second is always waited out here, because
 * the workflow waits in whole ones.
 */
export async function acquireSlot(
  { rate, clock, measure }: SlotDeps,
  detectTaskId: string,
  slot: number | undefined,
  times: { invocationEndsAtMs: number; lastPollAtMs: number },
): Promise<Turn> {
  if (rate === undefined) return { kind: 'now', isQueued: false };
  let isQueued = slot !== undefined;
  for (let held = slot; ;) {
    const wantedMs = clock.now();
    const answer =
      held === undefined
        ? await rate.book(detectTaskId, times.lastPollAtMs)
        : await rate.when(detectTaskId, held);
    if (answer.kind === 'expired') {
      held = undefined;
      continue;
    }
    if (answer.kind === 'none') return { kind: 'never', hold: answer.hold };
    const { atMs } = answer;
    const inMs = Math.max(atMs - clock.now(), 0);
    if (held === undefined) measure('slotWait', Math.max(atMs - wantedMs, 0));
    if (inMs === 0) return { kind: 'now', isQueued };
    if (atMs > times.lastPollAtMs) return { kind: 'never', hold: answer.hold };
    held = answer.slot;
    if (atMs > times.invocationEndsAtMs && inMs >= 1_000)
      return { kind: 'later', slot: held, atMs, waitSeconds: Math.floor(inMs / 1_000) };
    isQueued ||= inMs >= queueMs;
    await clock.sleep(inMs);
  }
}

/** Where there is a queue a task joins it again as late as it may. */
export const inQueue = (policy: Policy): Policy => ({
  ...policy,
  lateFraction: policy.ageFraction,
  jitterFloor: 1,
});

/** What an observation means for all tasks of the key, if anything. */
export function feedbackOf(observation: Observation): Feedback | undefined {
  switch (observation.kind) {
    case 'throttled':
      return { kind: 'throttled', hintMs: observation.hintMs };
    case 'on-hold':
      return { kind: 'hold', code: observation.code };
    case 'pending':
    case 'not-found':
    case 'succeeded':
    case 'failed':
    case 'unavailable':
    case 'violation':
    case 'denied':
      return undefined;
  }
}
