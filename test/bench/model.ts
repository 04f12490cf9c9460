/**
 * Ours as a formula instead of a run: the same rule of gaps, visits and prices without database, workflow or provider,
 * some thousand times as fast. It searches; the bench measures.
 */
import { dollars, expressDollars, lambdaDollars } from '../../client/prices.ts';
import type { WorkflowType } from '../../functions/detection.ts';
import { normalQuantile, roundTripMs, type Workload, workloads } from './workloads.ts';

/** Times in seconds. */
export interface Schedule {
  /** How long the first visit goes on polling, and how long each later one. */
  firstVisitS: number;
  laterVisitS: number;
  /** The gap after a pending answer: `factor` times the age to the power of `exponent`, a fifth of the age at most. */
  factor: number;
  exponent: number;
}

export interface Modelled {
  lagMeanS: number;
  lagP50S: number;
  polls: number;
  visits: number;
  /** Per million tasks. */
  waitingDollars: number;
}

const fifth = 0.2;
const maxGapS = 60;
const minGapS = 0.5;
const minWaitS = 1;
/** Gaps are drawn from four fifths of the full gap up. */
const meanJitter = 0.9;
const roundTripS = roundTripMs / 1_000;
/** An Express execution hands over to the next before it is five minutes old. */
const legS = 280;
const parts = 200;

const quantiles = Array.from({ length: parts }, (_, part) => normalQuantile((part + 0.5) / parts));

export function model(type: WorkflowType, workload: Workload, schedule: Schedule): Modelled {
  const { medianS, sigma } = workloads[workload];
  const tasks = quantiles.map((z) => follow(type, medianS * Math.exp(sigma * z), schedule));
  const mean = (of: (task: Followed) => number): number =>
    tasks.reduce((sum, task) => sum + of(task), 0) / parts;
  const lags = tasks.map(({ lagS }) => lagS).toSorted((a, b) => a - b);
  return {
    lagMeanS: mean(({ lagS }) => lagS),
    lagP50S: lags[parts / 2] as number,
    polls: mean(({ polls }) => polls),
    visits: mean(({ visits }) => visits),
    waitingDollars: 1_000_000 * mean(({ cost }) => cost),
  };
}

interface Followed {
  lagS: number;
  polls: number;
  visits: number;
  cost: number;
}

function follow(type: WorkflowType, durationS: number, schedule: Schedule): Followed {
  const { firstVisitS, laterVisitS, factor, exponent } = schedule;
  let polls = 0;
  let visits = 1;
  let lambdaS = 0;
  let ageS = 0;
  let visitSinceS = 0;
  for (;;) {
    const isReady = ageS + roundTripS / 2 >= durationS;
    polls += 1;
    ageS += roundTripS;
    if (isReady) break;
    const gapS = Math.max(Math.min(factor * ageS ** exponent, ageS * fifth, maxGapS) * meanJitter, minGapS);
    if (ageS + gapS <= visitSinceS + (visits === 1 ? firstVisitS : laterVisitS)) {
      ageS += gapS;
      continue;
    }
    lambdaS += ageS - visitSinceS;
    ageS += Math.max(Math.floor(gapS), minWaitS);
    visitSinceS = ageS;
    visits += 1;
  }
  lambdaS += ageS - visitSinceS;
  const legs = Math.max(Math.ceil(ageS / legS), 1);
  const workflow =
    type === 'STANDARD' ? 3 * visits * dollars.transition : legs * expressDollars((1_000 * ageS) / legs);
  return { lagS: ageS - durationS, polls, visits, cost: workflow + lambdaDollars(visits, 1_000 * lambdaS) };
}
