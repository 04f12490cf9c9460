/**
 * The key's own clock, by which slots are booked. It stands still while the provider wants no calls, and runs slowly for
 * a while afterwards: every slot that was booked before moves along, and nobody has to book again. Pure: values in,
 * values out. All times are whole microseconds; `…Us` is our clock, `keyUs` the key's.
 */
import type { Pace } from './limit.ts';

export interface Tempo {
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
  hold?: string | undefined;
}

/** Of a key that was never braked: it was open at all times. */
export const steady: Tempo = { epoch: 0, atUs: 0, keyUs: 0, openUs: 0, permille: 1_000, pauses: 0 };

/** What slows a key down: a 429 with or without its hint, or an answer that puts all tasks on hold. */
export type Brake = { kind: 'throttled'; hintMs: number | undefined } | { kind: 'hold'; code: string };

const second = 1_000_000;

export const braking = {
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
function stepsOf(tempo: Tempo, pace: Pace): Step[] {
  if (tempo.epoch === 0) return [];
  const probing = Math.floor((pace.intervalUs * 1_000) / braking.probeGapUs);
  let untilUs = tempo.openUs + braking.probes * braking.probeGapUs;
  const steps = [
    { untilUs: tempo.openUs, permille: 0 },
    { untilUs, permille: Math.max(Math.min(probing, tempo.permille), 1) },
  ];
  for (let { permille } = tempo; permille < 1_000; permille = recovered(permille)) {
    untilUs += braking.recoverUs;
    steps.push({ untilUs, permille });
  }
  return steps;
}

const recovered = (permille: number): number => Math.ceil((permille * 1_000) / braking.cutPermille);

/** What the key's clock shows; never backwards, also for a clock of ours that is behind another one. */
export function keyTimeAt(tempo: Tempo, pace: Pace, nowUs: number): number {
  let { atUs, keyUs } = tempo;
  for (const { untilUs, permille } of stepsOf(tempo, pace)) {
    if (nowUs <= untilUs) return keyUs + Math.floor((Math.max(nowUs - atUs, 0) * permille) / 1_000);
    keyUs += Math.floor(((untilUs - atUs) * permille) / 1_000);
    atUs = untilUs;
  }
  return keyUs + nowUs - atUs;
}

/** When the key's clock will show that, as things stand; what it has shown already is due when the key is open. */
export function timeOfKey(tempo: Tempo, pace: Pace, wantedUs: number): number {
  let { atUs, keyUs } = tempo;
  for (const { untilUs, permille } of stepsOf(tempo, pace)) {
    const untilKeyUs = keyUs + Math.floor(((untilUs - atUs) * permille) / 1_000);
    if (permille > 0 && wantedUs <= untilKeyUs)
      return atUs + Math.ceil((Math.max(wantedUs - keyUs, 0) * 1_000) / permille);
    keyUs = untilKeyUs;
    atUs = untilUs;
  }
  return atUs + wantedUs - keyUs;
}

/** The speed to which a pause at this moment would be followed up, apart from probing. */
function speedAt({ openUs, permille: from }: Tempo, nowUs: number): number {
  let permille = from;
  let untilUs = openUs + braking.probes * braking.probeGapUs + braking.recoverUs;
  for (; permille < 1_000 && nowUs > untilUs; untilUs += braking.recoverUs) permille = recovered(permille);
  return Math.min(permille, 1_000);
}

/**
 * The tempo after the provider put its foot down; nothing where that is no news. What comes while the key is paused was
 * asked before: it only prolongs the pause to its own hint. So the rate is cut once in five seconds at the most.
 */
export function braked(
  tempo: Tempo,
  pace: Pace,
  brake: Brake,
  nowUs: number,
  random: number,
): Tempo | undefined {
  const isPaused = nowUs < tempo.openUs;
  if (isPaused && brake.kind === 'hold' && tempo.hold !== undefined) return undefined;
  const isRelapse = nowUs < tempo.openUs + braking.relapseUs + 2 * pace.intervalUs;
  const isSameKind = (tempo.hold !== undefined) === (brake.kind === 'hold');
  const pauses = isPaused || !isRelapse || !isSameKind ? 1 : tempo.pauses + 1;
  const openUs =
    nowUs + (isPaused && brake.kind === 'throttled' ? hintUs(brake) : pauseUs(brake, pauses, random));
  if (isPaused && openUs <= tempo.openUs) return undefined;
  const speed = speedAt(tempo, nowUs);
  // To a single call after a pause a 429 says that it is not over, and nothing about the rate.
  const isProbing = nowUs <= tempo.openUs + braking.probes * braking.probeGapUs;
  const isCut = !isProbing && brake.kind === 'throttled';
  return {
    epoch: tempo.epoch + 1,
    atUs: nowUs,
    keyUs: keyTimeAt(tempo, pace, nowUs),
    openUs,
    permille: isCut
      ? Math.max(Math.floor((speed * braking.cutPermille) / 1_000), braking.floorPermille)
      : speed,
    pauses: isPaused && isSameKind ? tempo.pauses : pauses,
    hold: brake.kind === 'hold' ? brake.code : isPaused ? tempo.hold : undefined,
  };
}

const hintUs = ({ hintMs = 0 }: { hintMs?: number | undefined }): number => Math.ceil(hintMs * 1_000);

function pauseUs(brake: Brake, pauses: number, random: number): number {
  const { throttledBaseUs, throttledMaxUs, holdBaseUs, holdMaxUs, holdJitter } = braking;
  if (brake.kind === 'throttled')
    return Math.max(hintUs(brake), Math.min(throttledBaseUs * 2 ** (pauses - 1), throttledMaxUs));
  return Math.ceil(Math.min(holdBaseUs * 2 ** (pauses - 1), holdMaxUs) * (1 + holdJitter * random));
}
