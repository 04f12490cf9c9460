/**
 * The key's own clock, by which slots are booked. It stands still while the provider wants no calls, and runs slowly for
 * a while afterwards: every slot that was booked before moves along, and nobody has to book again. Pure: values in,
 * values out. All times are whole microseconds; `…Us` is our clock, `keyUs` the key's.
 */
import type { Observation } from '../crun/observation.ts';
import type { Pace } from './limit.ts';

export interface VirtualClock {
  /** Counts the changes: who books by an older one learns of it. */
  epoch: number;
  /** At `atUs` it stood at `keyUs`, and stands there until `openUs`. */
  atUs: number;
  keyUs: number;
  openUs: number;
  /** How fast it goes on from there, in thousandths. */
  permille: number;
  /** Pauses in a row. */
  pauses: number;
  /** What the provider said, where it wants no calls at all for now. */
  hold?: HoldCode | undefined;
}

/** Of a key that was never slowed: it was open at all times. */
export const steady: VirtualClock = { epoch: 0, atUs: 0, keyUs: 0, openUs: 0, permille: 1_000, pauses: 0 };

/** What slows a key down: a 429 with or without its hint, or an answer that puts all tasks on hold. */
export type Feedback = { kind: 'throttled'; hintMs: number | undefined } | { kind: 'hold'; code: HoldCode };

/** What puts all tasks of a key on hold. */
export type HoldCode = Extract<Observation, { kind: 'on-hold' }>['code'];

const second = 1_000_000;

export const slowdown = {
  /** A 429 cuts the rate to this part, to a quarter at the least. */
  cutPermille: 700,
  floorPermille: 250,
  /** Each step back up: a rate set twice too high costs a 429 in a hundred calls at the most. */
  recoverUs: 30 * second,
  /** Without a longer hint a 429 stops the key for 1, 2, 4, 8, 15 s. */
  throttledBaseUs: second,
  throttledMaxUs: 15 * second,
  /** On hold somebody must act first: as one task waits by itself, so does the key. */
  holdBaseUs: 60 * second,
  holdMaxUs: 240 * second,
  holdJitter: 0.25,
  /** After a pause, calls are so far apart until the first answers are known. */
  probeGapUs: 2 * second,
  probes: 2,
  /** What comes so soon after a pause continues it. */
  relapseUs: 30 * second,
} as const;

interface Step {
  untilUs: number;
  permille: number;
}

/** How the clock runs from `atUs` on; at full speed after the last. */
function stepsOf(virtualClock: VirtualClock, pace: Pace): Step[] {
  if (virtualClock.epoch === 0) return [];
  const probing = Math.floor((pace.intervalUs * 1_000) / slowdown.probeGapUs);
  let untilUs = virtualClock.openUs + slowdown.probes * slowdown.probeGapUs;
  const steps = [
    { untilUs: virtualClock.openUs, permille: 0 },
    { untilUs, permille: Math.max(Math.min(probing, virtualClock.permille), 1) },
  ];
  for (let { permille } = virtualClock; permille < 1_000; permille = recovered(permille)) {
    untilUs += slowdown.recoverUs;
    steps.push({ untilUs, permille });
  }
  return steps;
}

const recovered = (permille: number): number => Math.ceil((permille * 1_000) / slowdown.cutPermille);

/** What the key's clock shows; never backwards, also for a clock of ours that is behind another one. */
export function keyTimeAt(virtualClock: VirtualClock, pace: Pace, nowUs: number): number {
  let { atUs, keyUs } = virtualClock;
  for (const { untilUs, permille } of stepsOf(virtualClock, pace)) {
    if (nowUs <= untilUs) return keyUs + Math.floor((Math.max(nowUs - atUs, 0) * permille) / 1_000);
    keyUs += Math.floor(((untilUs - atUs) * permille) / 1_000);
    atUs = untilUs;
  }
  return keyUs + nowUs - atUs;
}

/** When the key's clock will show that, as things stand; what it has shown already is due when the key is open. */
export function timeOfKey(virtualClock: VirtualClock, pace: Pace, wantedUs: number): number {
  let { atUs, keyUs } = virtualClock;
  for (const { untilUs, permille } of stepsOf(virtualClock, pace)) {
    const untilKeyUs = keyUs + Math.floor(((untilUs - atUs) * permille) / 1_000);
    if (permille > 0 && wantedUs <= untilKeyUs)
      return atUs + Math.ceil((Math.max(wantedUs - keyUs, 0) * 1_000) / permille);
    keyUs = untilKeyUs;
    atUs = untilUs;
  }
  return atUs + wantedUs - keyUs;
}

/** The speed to which a pause at this moment would be followed up, apart from probing. */
function speedAt({ openUs, permille: from }: VirtualClock, nowUs: number): number {
  let permille = from;
  let untilUs = openUs + slowdown.probes * slowdown.probeGapUs + slowdown.recoverUs;
  for (; permille < 1_000 && nowUs > untilUs; untilUs += slowdown.recoverUs) permille = recovered(permille);
  return Math.min(permille, 1_000);
}

/**
 * The tempo after the provider put its foot down; nothing where that is no news. What comes while the key is paused was
 * asked before: it only prolongs the pause to its own hint. So the rate is cut once in five seconds at the most.
 */
export function withFeedback(
  virtualClock: VirtualClock,
  pace: Pace,
  feedback: Feedback,
  nowUs: number,
  random: number,
): VirtualClock | undefined {
  const isPaused = nowUs < virtualClock.openUs;
  if (isPaused && feedback.kind === 'hold' && virtualClock.hold !== undefined) return undefined;
  const isRelapse = nowUs < virtualClock.openUs + slowdown.relapseUs + 2 * pace.intervalUs;
  const isSameKind = (virtualClock.hold !== undefined) === (feedback.kind === 'hold');
  const pauses = isPaused || !isRelapse || !isSameKind ? 1 : virtualClock.pauses + 1;
  const openUs =
    nowUs +
    (isPaused && feedback.kind === 'throttled' ? hintUs(feedback) : pauseUs(feedback, pauses, random));
  if (isPaused && openUs <= virtualClock.openUs) return undefined;
  const speed = speedAt(virtualClock, nowUs);
  // To a single call after a pause a 429 says that it is not over, and nothing about the rate.
  const isProbing = nowUs <= virtualClock.openUs + slowdown.probes * slowdown.probeGapUs;
  const isCut = !isProbing && feedback.kind === 'throttled';
  return {
    epoch: virtualClock.epoch + 1,
    atUs: nowUs,
    keyUs: keyTimeAt(virtualClock, pace, nowUs),
    openUs,
    permille: isCut
      ? Math.max(Math.floor((speed * slowdown.cutPermille) / 1_000), slowdown.floorPermille)
      : speed,
    pauses: isPaused && isSameKind ? virtualClock.pauses : pauses,
    hold: feedback.kind === 'hold' ? feedback.code : isPaused ? virtualClock.hold : undefined,
  };
}

const hintUs = ({ hintMs = 0 }: { hintMs?: number | undefined }): number => Math.ceil(hintMs * 1_000);

function pauseUs(feedback: Feedback, pauses: number, random: number): number {
  const { throttledBaseUs, throttledMaxUs, holdBaseUs, holdMaxUs, holdJitter } = slowdown;
  if (feedback.kind === 'throttled')
    return Math.max(hintUs(feedback), Math.min(throttledBaseUs * 2 ** (pauses - 1), throttledMaxUs));
  return Math.ceil(Math.min(holdBaseUs * 2 ** (pauses - 1), holdMaxUs) * (1 + holdJitter * random));
}
