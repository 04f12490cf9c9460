/**
 * `npm run bench:search`: some thousand schedules by the model, and of those that keep to the bars the ones that no
 * other beats in both money and lag. What it finds is tried by `npm run bench`.
 */
import type { WorkflowType } from '../../functions/detection.ts';
import { model, type Modelled, type Schedule } from './model.ts';
import { type Workload, workloadNames } from './workloads.ts';

type Bars = Record<Workload, { dollars: number; lagMeanS?: number; lagP50S?: number }>;

const bars: Record<WorkflowType, Bars> = {
  EXPRESS: {
    image: { dollars: 10, lagP50S: 0.45 },
    gif: { dollars: 32, lagMeanS: 1.2 },
    video: { dollars: 210, lagMeanS: 3 },
  },
  STANDARD: {
    image: { dollars: 85, lagP50S: 0.45 },
    gif: { dollars: 130, lagMeanS: 2.7 },
    video: { dollars: 610, lagMeanS: 2.7 },
  },
};

const grid: Record<WorkflowType, { firstVisitS: number[]; laterVisitS: number[] }> = {
  EXPRESS: { firstVisitS: [1, 1.5, 2, 2.2, 2.4, 2.6, 3, 4, 6, 8, 20], laterVisitS: [0, 2, 10] },
  STANDARD: { firstVisitS: [5, 30, 45, 60, 120, 240, 480, 840], laterVisitS: [0, 15, 45, 120, 240, 840] },
};
const factors = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.3];
const exponents = [0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1];

type Tried = { schedule: Schedule; by: Record<Workload, Modelled> };

for (const type of ['EXPRESS', 'STANDARD'] as const) {
  const tried = schedules(type).map((schedule): Tried => {
    const entries = workloadNames.map((workload) => [workload, model(type, workload, schedule)]);
    return { schedule, by: Object.fromEntries(entries) as Tried['by'] };
  });
  const within = tried.filter(({ by }) =>
    workloadNames.every((workload) => keeps(by[workload], bars[type][workload])),
  );
  console.log(`\n${type}: ${within.length} of ${tried.length} schedules keep every bar`);
  const shown = (within.length > 0 ? within : tried)
    .toSorted((a, b) => total(type, a) - total(type, b))
    .slice(0, 15);
  console.table(shown.map(rowOf));
}

function schedules(type: WorkflowType): Schedule[] {
  const { firstVisitS, laterVisitS } = grid[type];
  return firstVisitS.flatMap((first) =>
    laterVisitS.flatMap((later) =>
      factors.flatMap((factor) =>
        exponents.map((exponent) => ({ firstVisitS: first, laterVisitS: later, factor, exponent })),
      ),
    ),
  );
}

function keeps(result: Modelled, bar: Bars[Workload]): boolean {
  const { dollars, lagMeanS = Infinity, lagP50S = Infinity } = bar;
  return result.waitingDollars <= dollars && result.lagMeanS <= lagMeanS && result.lagP50S <= lagP50S;
}

/** How much of each bar is used up, in money and in lag: the smaller the better on both sides. */
function total(type: WorkflowType, { by }: Tried): number {
  const used = workloadNames.flatMap((workload) => {
    const { dollars, lagMeanS, lagP50S } = bars[type][workload];
    const { waitingDollars, ...lag } = by[workload];
    const ofLag = lagMeanS === undefined ? lag.lagP50S / (lagP50S ?? 1) : lag.lagMeanS / lagMeanS;
    return [waitingDollars / dollars, ofLag];
  });
  return Math.max(...used) + used.reduce((sum, part) => sum + part, 0) / 100;
}

function rowOf({ schedule, by }: Tried): Record<string, unknown> {
  const cells = workloadNames.map((workload) => {
    const { waitingDollars, lagMeanS, lagP50S, polls } = by[workload];
    const lag = `${lagMeanS.toFixed(2)} s, p50 ${lagP50S.toFixed(2)} s`;
    return [workload, `$${waitingDollars.toFixed(1)}, ${lag}, ${polls.toFixed(1)} polls`];
  });
  return { ...schedule, ...Object.fromEntries(cells) };
}
