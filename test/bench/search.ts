/**
 * `npm run bench:search`: some thousand policies by the model; of those that keep every bar, the ones that use up the
 * least of them. If none does, the ones that come nearest. What it finds is tried by `npm run bench`.
 */
import type { WorkflowType } from '../../functions/detection/types.ts';
import { type Policy, policyOf } from '../../functions/poll/policy.ts';
import { bars } from './bars.ts';
import { model, type Modelled } from './model.ts';
import { mediaWorkloads } from './workloads.ts';

const tunedNames = [
  'firstInvocationMs',
  'laterInvocationMs',
  'firstGapScale',
  'laterGapScale',
  'lateFraction',
  'maxGapMs',
] as const satisfies readonly (keyof Policy)[];
type Tuned = Pick<Policy, (typeof tunedNames)[number]>;

const grid: Record<WorkflowType, { [Name in keyof Tuned]: number[] }> = {
  EXPRESS: {
    firstInvocationMs: [1_000, 1_500, 1_700, 1_900, 2_100, 2_500, 4_000, 8_000],
    laterInvocationMs: [0, 2_000],
    firstGapScale: [0.45, 0.57, 0.7],
    laterGapScale: [0.4, 0.45, 0.5, 0.55, 0.57, 0.6, 0.7],
    lateFraction: [0.01, 0.025, 0.05],
    maxGapMs: [20_000, 30_000, 60_000],
  },
  STANDARD: {
    firstInvocationMs: [3_000, 5_000, 8_000, 12_000, 20_000, 45_000, 225_000],
    laterInvocationMs: [0, 20_000, 225_000],
    firstGapScale: [0.45, 0.55, 0.7],
    laterGapScale: [0.45, 1.2, 1.5, 1.7, 1.75, 1.8, 2, 2.5],
    lateFraction: [0.025, 0.05, 0.1, 0.12, 0.15],
    maxGapMs: [60_000],
  },
};
const shownRows = 12;

interface Tried {
  tuned: Tuned;
  by: Record<(typeof mediaWorkloads)[number], Modelled>;
  /** How much of each bar is used up: money, lag and sandboxes of each workload. */
  used: number[];
}

for (const type of ['EXPRESS', 'STANDARD'] as const) {
  const tried = candidates(type).map((tuned) => tryOut(type, tuned));
  const within = tried.filter(({ used }) => used.every((part) => part <= 1));
  console.log(`\n${type}: ${within.length} of ${tried.length} policies keep every bar`);
  const best = (within.length > 0 ? within : tried).toSorted((a, b) => rank(a) - rank(b)).slice(0, shownRows);
  const current = policyOf(type);
  const own = tryOut(
    type,
    Object.fromEntries(tunedNames.map((name) => [name, current[name]])) as unknown as Tuned,
  );
  console.table([{ '': 'today', ...rowOf(own) }, ...best.map((each) => ({ '': '', ...rowOf(each) }))]);
}

function candidates(type: WorkflowType): Tuned[] {
  let all: Partial<Tuned>[] = [{}];
  for (const name of tunedNames)
    all = all.flatMap((some) => grid[type][name].map((value) => ({ ...some, [name]: value })));
  return all as Tuned[];
}

const fields = {
  waitingCostPerMillion: 'waitingDollars',
  lagMeanS: 'lagMeanS',
  lagP50S: 'lagP50S',
  sandboxSecondsPerTask: 'sandboxSeconds',
} as const;

function tryOut(type: WorkflowType, tuned: Tuned): Tried {
  const policy = { ...policyOf(type), ...tuned };
  const entries = mediaWorkloads.map((workload) => [workload, model(type, workload, policy)] as const);
  const used = entries.flatMap(([workload, modelled]) => {
    const barsOf = bars[type === 'EXPRESS' ? 'ours-express' : 'ours-standard'][workload];
    return Object.entries(barsOf).flatMap(([name, bar]) =>
      name in fields ? [modelled[fields[name as keyof typeof fields]] / (bar as number)] : [],
    );
  });
  return { tuned, by: Object.fromEntries(entries) as Tried['by'], used };
}

/** The bar that is nearest to breaking decides; among equals, all of them. */
function rank({ used }: Tried): number {
  return Math.max(...used) + used.reduce((sum, part) => sum + part, 0) / 100;
}

function rowOf({ tuned, by, used }: Tried): Record<string, unknown> {
  const cells = mediaWorkloads.map((workload) => {
    const { waitingDollars, lagMeanS, lagP50S, sandboxSeconds } = by[workload];
    const lag = `${lagMeanS.toFixed(2)} s, p50 ${lagP50S.toFixed(2)} s`;
    return [workload, `$${waitingDollars.toFixed(1)}, ${lag}, ${sandboxSeconds.toFixed(1)} s in Lambda`];
  });
  return { ...tuned, used: Math.max(...used).toFixed(3), ...Object.fromEntries(cells) };
}
