/** What has to hold, whatever the seed: each broken bar as a sentence with its numbers. */
import type { PolicyName, Row } from './run.ts';
import { mediaWorkloads, type Workload, workloadNames } from './workloads.ts';

type Bar = Partial<Record<Exclude<keyof Row, 'workload' | 'policy' | 'costs'>, number>>;

/** At most so much: in US dollars per million tasks, and in seconds. */
export const bars = {
  'ours-express': {
    image: { waitingCostPerMillion: 9.5, allInCostPerMillion: 17.5, lagP50S: 0.45 },
    gif: { waitingCostPerMillion: 32, allInCostPerMillion: 42, lagMeanS: 1.2 },
    video: { waitingCostPerMillion: 196, allInCostPerMillion: 208, lagMeanS: 3 },
  },
  'ours-standard': {
    image: { waitingCostPerMillion: 86, lagP50S: 0.45, sandboxSecondsPerTask: 2.3 },
    gif: { waitingCostPerMillion: 460, lagMeanS: 1.6, sandboxSecondsPerTask: 8.5 },
    video: { waitingCostPerMillion: 1_510, lagMeanS: 8, sandboxSecondsPerTask: 11 },
  },
} as const satisfies Partial<Record<PolicyName, Record<(typeof mediaWorkloads)[number], Bar>>>;
/** Of the durable function's cost of waiting for an image. */
const mostOfDurable = 0.35;

const isFaster = (one: Row, other: Row, field: 'lagMeanS' | 'lagP50S' = 'lagMeanS'): boolean =>
  (one[field] ?? Infinity) < (other[field] ?? Infinity);

export const survivesNothing: PolicyName = 'bare-lambda-loop';
/** What is no workflow and no durable function, or loses tasks: shown beside ours, and not a rival of the same kind. */
const otherKinds: readonly PolicyName[] = [survivesNothing, 'sqs-delay', 'express-loop-1s'];
/** Three states a poll cost more than one: on hours Retry as polling is both cheaper and faster than Standard here. */
const isConceded = (ours: PolicyName, workload: Workload): boolean =>
  ours === 'ours-standard' && workload === 'long';

/** Each rival of our kind that is both cheaper and faster than one of ours. */
export function dominated(rows: readonly Row[]): string[] {
  return rows
    .filter(({ policy, workload }) => policy.startsWith('ours') && !isConceded(policy, workload))
    .flatMap((ours) =>
      rows
        .filter(({ workload, policy }) => workload === ours.workload && !policy.startsWith('ours'))
        .filter(({ policy }) => !otherKinds.includes(policy))
        .filter((rival) => rival.waitingCostPerMillion < ours.waitingCostPerMillion && isFaster(rival, ours))
        .map((rival) => `${ours.workload}: ${rival.policy} is both cheaper and faster than ${ours.policy}`),
    );
}

export function brokenBars(rows: readonly Row[]): string[] {
  const of = (workload: Workload, policy: PolicyName): Row => {
    const row = rows.find((candidate) => candidate.workload === workload && candidate.policy === policy);
    if (row === undefined) throw new Error(`there is no row for ${workload} and ${policy}`);
    return row;
  };
  const broken: string[] = [];
  const atMost = (what: string, value: number | null, bar: number): void => {
    if (value === null || value > bar) broken.push(`${what} is ${value}, which is more than ${bar}`);
  };

  for (const policy of ['ours-express', 'ours-standard'] as const) {
    for (const workload of mediaWorkloads)
      for (const [field, bar] of Object.entries(bars[policy][workload]) as ['lagMeanS', number][])
        atMost(`${workload}, ${policy}: ${field}`, of(workload, policy)[field], bar);
    for (const workload of workloadNames) {
      atMost(`${workload}, ${policy}: lost`, of(workload, policy).lost, 0);
    }
  }
  broken.push(...dominated(rows));

  const image = of('image', 'ours-express');
  const durable = of('image', 'durable-default');
  atMost(
    'image, ours-express: its part of what durable-default costs',
    image.waitingCostPerMillion / durable.waitingCostPerMillion,
    mostOfDurable,
  );
  if (!isFaster(image, durable, 'lagP50S')) broken.push('image: durable-default has the lower p50 lag');
  return broken;
}
