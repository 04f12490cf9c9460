/**
 * The virtual clock of a key, by which slots are reserved. It stands still while the provider wants no calls, and runs
 * slowly for a while afterwards: every reserved slot moves with it, and none has to be reserved again. Pure: values in,
 * values out. Times are whole microseconds: `…AtUs` of our clock, `virtualUs` of the virtual one.
 */
import type { HoldCode } from '../detection/error-codes.ts';
import type { LimitShape } from './limit.ts';

export interface VirtualClock {
  /** Counts the changes: a reservation by an older clock is a conflict. */
  epoch: number;
  /** At `setAtUs` it showed `virtualUs`, and goes on from there at `resumesAtUs`. */
  setAtUs: number;
  virtualUs: number;
  resumesAtUs: number;
  /** How fast it runs then, in thousandths. */
  speedPermille: number;
  pausesInARow: number;
  /** The answer for which the provider takes no calls at all for now. */
  hold?: HoldCode | undefined;
}

/** The clock of a key that was never slowed down. */
export const steadyClock: VirtualClock = {
  epoch: 0,
  setAtUs: 0,
  virtualUs: 0,
  resumesAtUs: 0,
  speedPermille: 1_000,
  pausesInARow: 0,
};

const second = 1_000_000;
/** After a pause two calls are this far apart, until their answers are known. */
const probe = { gapUs: 2 * second, count: 2 } as const;
/** Each cut leaves this part of the speed, and each step back up undoes one cut after so long. */
export const speedStep = { permille: 700, everyUs: 30 * second } as const;

interface Step {
  untilUs: number;
  permille: number;
}

/** When the first calls after a pause have been answered. */
export const probesEndAtUs = ({ resumesAtUs }: VirtualClock): number =>
  resumesAtUs + probe.count * probe.gapUs;

const recovered = (permille: number): number => Math.ceil((permille * 1_000) / speedStep.permille);

/** How the clock runs from `setAtUs` on; at full speed after the last step. */
function stepsOf(clock: VirtualClock, shape: LimitShape): Step[] {
  if (clock.epoch === 0) return [];
  const probing = Math.floor((shape.intervalUs * 1_000) / probe.gapUs);
  let untilUs = probesEndAtUs(clock);
  const steps = [
    { untilUs: clock.resumesAtUs, permille: 0 },
    { untilUs, permille: Math.max(Math.min(probing, clock.speedPermille), 1) },
  ];
  for (let permille = clock.speedPermille; permille < 1_000; permille = recovered(permille)) {
    untilUs += speedStep.everyUs;
    steps.push({ untilUs, permille });
  }
  return steps;
}

/** How fast it runs at a moment of ours, in thousandths: 0 in a pause. */
export const permilleAt = (clock: VirtualClock, shape: LimitShape, nowUs: number): number =>
  stepsOf(clock, shape).find(({ untilUs }) => nowUs < untilUs)?.permille ?? 1_000;

/** What the virtual clock shows at a moment of ours; never backwards, even where our clock is behind another one. */
export function virtualTimeAt(clock: VirtualClock, shape: LimitShape, nowUs: number): number {
  let { setAtUs: fromUs, virtualUs } = clock;
  for (const { untilUs, permille } of stepsOf(clock, shape)) {
    if (nowUs <= untilUs) return virtualUs + Math.floor((Math.max(nowUs - fromUs, 0) * permille) / 1_000);
    virtualUs += Math.floor(((untilUs - fromUs) * permille) / 1_000);
    fromUs = untilUs;
  }
  return virtualUs + nowUs - fromUs;
}

/** When the virtual clock will show `wantedUs`; a time that it has shown already comes when the clock resumes. */
export function momentOf(clock: VirtualClock, shape: LimitShape, wantedUs: number): number {
  let { setAtUs: fromUs, virtualUs } = clock;
  for (const { untilUs, permille } of stepsOf(clock, shape)) {
    const virtualUntilUs = virtualUs + Math.floor(((untilUs - fromUs) * permille) / 1_000);
    if (permille > 0 && wantedUs <= virtualUntilUs)
      return fromUs + Math.ceil((Math.max(wantedUs - virtualUs, 0) * 1_000) / permille);
    virtualUs = virtualUntilUs;
    fromUs = untilUs;
  }
  return fromUs + wantedUs - virtualUs;
}

/** The speed that a pause at this moment would leave, apart from probing. */
export function speedAt(clock: VirtualClock, nowUs: number): number {
  let permille = clock.speedPermille;
  let untilUs = probesEndAtUs(clock) + speedStep.everyUs;
  for (; permille < 1_000 && nowUs > untilUs; untilUs += speedStep.everyUs) permille = recovered(permille);
  return Math.min(permille, 1_000);
}
