/** How the provider's answers change the virtual clock of a key. Pure. */
import type { Observation } from '../crun/observation.ts';
import type { HoldCode } from '../detection/error-codes.ts';
import { holdMs } from './hold.ts';
import type { LimitShape } from './limit.ts';
import { probesEndAtUs, speedAt, speedStep, type VirtualClock, virtualTimeAt } from './virtual-clock.ts';

/** What slows a key down: a 429 with or without its hint, or an answer that puts all tasks on hold. */
export type Feedback = { kind: 'throttled'; hintMs: number | undefined } | { kind: 'hold'; code: HoldCode };

/** What one observation means for all tasks of the key; nothing for most. */
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

const second = 1_000_000;
/** A 429 never cuts the speed below this. */
const floorPermille = 250;
/** Without a longer hint a 429 stops the key for 1, 2, 4, 8, 15 s. */
const throttledPause = { baseUs: second, maxUs: 15 * second } as const;
/** Feedback so soon after a pause continues it. */
const relapseUs = 30 * second;

/**
 * The virtual clock after feedback; nothing where it changes nothing. Feedback while the key is paused answers a call
 * from before the pause: it only prolongs the pause to its own hint. So the speed is cut once in five seconds at most.
 */
export function withFeedback(
  clock: VirtualClock,
  shape: LimitShape,
  feedback: Feedback,
  nowUs: number,
  random: number,
): VirtualClock | undefined {
  const isPaused = nowUs < clock.resumesAtUs;
  if (isPaused && feedback.kind === 'hold' && clock.hold !== undefined) return undefined;
  const isRelapse = nowUs < clock.resumesAtUs + relapseUs + 2 * shape.intervalUs;
  const isSameKind = (clock.hold !== undefined) === (feedback.kind === 'hold');
  const pausesInARow = isPaused || !isRelapse || !isSameKind ? 1 : clock.pausesInARow + 1;
  const onlyProlongs = isPaused && feedback.kind === 'throttled';
  const resumesAtUs = nowUs + (onlyProlongs ? hintUs(feedback) : pauseUs(feedback, pausesInARow, random));
  if (isPaused && resumesAtUs <= clock.resumesAtUs) return undefined;
  const speed = speedAt(clock, nowUs);
  // A 429 to a single call after a pause says that the pause was too short, and nothing about the speed.
  const isCut = feedback.kind === 'throttled' && nowUs > probesEndAtUs(clock);
  return {
    epoch: clock.epoch + 1,
    setAtUs: nowUs,
    virtualUs: virtualTimeAt(clock, shape, nowUs),
    resumesAtUs,
    speedPermille: isCut ? Math.max(Math.floor((speed * speedStep.permille) / 1_000), floorPermille) : speed,
    pausesInARow: isPaused && isSameKind ? clock.pausesInARow : pausesInARow,
    hold: feedback.kind === 'hold' ? feedback.code : isPaused ? clock.hold : undefined,
  };
}

const hintUs = ({ hintMs = 0 }: { hintMs?: number | undefined }): number => Math.ceil(hintMs * 1_000);

function pauseUs(feedback: Feedback, pausesInARow: number, random: number): number {
  if (feedback.kind === 'hold') return Math.ceil(holdMs(pausesInARow, random) * 1_000);
  const { baseUs, maxUs } = throttledPause;
  return Math.max(hintUs(feedback), Math.min(baseUs * 2 ** (pausesInARow - 1), maxUs));
}
