/**
 * `npm run bench:search`: some thousand policies by the model; of those that keep every bar, the ones that use up the
 * least of them. If none does, the ones that come nearest. What it finds is tried by `npm run bench`.
 */
import type { WorkflowType } from '../../functions/detection/types.ts';
import { type Policy, policyOf } from '../../functions/poll/policy.ts';
import { bars } from './bars.ts';
import { model, type Modelled } from './model.ts';
import { type Workload, workloadNames } from './workloads.ts';

/** A plain loop of 5 s is behind by so much in the mean. */
const plainLoopLagS = 2.6;
const barsOf = {
  EXPRESS: bars['ours-express'],
  STANDARD: {
    image: bars['ours-standard'].image,
    gif: { ...bars['ours-standard'].gif, lagMeanS: plainLoopLagS },
    video: { ...bars['ours-standard'].video, lagMeanS: plainLoopLagS },
  },
} as const;

type Tuned = Pick<Policy, 'firstInvocationMs' | 'laterInvocationMs' | 'gapScale' | 'lateFraction'>;

const grid: Record<WorkflowType, { [Name in keyof Tuned]: number[] }> = {
  EXPRESS: {
    firstInvocationMs: [1_000, 1_500, 1_700, 1_900, 2_100, 2_500, 4_000, 8_000],
    laterInvocationMs: [0, 2_000, 10_000],
    gapScale: [0.2, 0.3, 0.35, 0.4, 0.425, 0.45, 0.475, 0.5, 0.525, 0.55, 0.575, 0.6, 0.65, 0.7, 0.85, 1],
    lateFraction: [0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.05, 0.1, 0.2],
  },
  STANDARD: {
    firstInvocationMs: [5_000, 45_000, 120_000, 225_000, 450_000],
    laterInvocationMs: [5_000, 45_000, 120_000, 225_000, 450_000],
    gapScale: [0.2, 0.3, 0.35, 0.4, 0.425, 0.45, 0.475, 0.5, 0.525, 0.55, 0.575, 0.6, 0.65, 0.7, 0.85, 1],
    lateFraction: [0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.05, 0.1, 0.2],
  },
};
const shownRows = 12;

interface Tried {
  tuned: Tuned;
  by: Record<Workload, Modelled>;
  /** How much of each bar is used up: money and lag of each workload. */
  used: number[];
}

for (const type of ['EXPRESS', 'STANDARD'] as const) {
  const tried = candidates(type).map((tuned) => tryOut(type, tuned));
  const within = tried.filter(({ used }) => used.every((part) => part <= 1));
  console.log(`\n${type}: ${within.length} of ${tried.length} policies keep every bar`);
  const best = (within.length > 0 ? within : tried).toSorted((a, b) => rank(a) - rank(b)).slice(0, shownRows);
  const current: Tuned = policyOf(type);
  const { firstInvocationMs, laterInvocationMs, gapScale, lateFraction } = current;
  const own = tryOut(type, { firstInvocationMs, laterInvocationMs, gapScale, lateFraction });
  console.table([{ '': 'today', ...rowOf(own) }, ...best.map((each) => ({ '': '', ...rowOf(each) }))]);
}

function candidates(type: WorkflowType): Tuned[] {
  const { firstInvocationMs, laterInvocationMs, gapScale, lateFraction } = grid[type];
  return firstInvocationMs.flatMap((first) =>
    laterInvocationMs.flatMap((later) =>
      gapScale.flatMap((scale) =>
        lateFraction.map((late) => ({
          firstInvocationMs: first,
          laterInvocationMs: later,
          gapScale: scale,
          lateFraction: late,
        })),
      ),
    ),
  );
}

function tryOut(type: WorkflowType, tuned: Tuned): Tried {
  const policy = { ...policyOf(type), ...tuned };
  const entries = workloadNames.map((workload) => [workload, model(type, workload, policy)] as const);
  const used = entries.flatMap(([workload, { waitingDollars, ...lag }]) => {
    const { waitingCostPerMillion, ...lagBars } = barsOf[type][workload];
    return [
      waitingDollars / waitingCostPerMillion,
      ...Object.entries(lagBars).map(([name, bar]) => lag[name as 'lagMeanS' | 'lagP50S'] / bar),
    ];
  });
  return { tuned, by: Object.fromEntries(entries) as Tried['by'], used };
}

/** The bar that is nearest to breaking decides; among equals, all of them. */
function rank({ used }: Tried): number {
  return Math.max(...used) + used.reduce((sum, part) => sum + part, 0) / 100;
}

function rowOf({ tuned, by, used }: Tried): Record<string, unknown> {
  const cells = workloadNames.map((workload) => {
    const { waitingDollars, lagMeanS, lagP50S, polls } = by[workload];
    const lag = `${lagMeanS.toFixed(2)} s, p50 ${lagP50S.toFixed(2)} s`;
    return [workload, `$${waitingDollars.toFixed(1)}, ${lag}, ${polls.toFixed(1)} polls`];
  });
  return { ...tuned, used: Math.max(...used).toFixed(3), ...Object.fromEntries(cells) };
}
