/** What has to hold, whatever the seed: each broken bar as a sentence with its numbers. */
import type { PolicyName, Row } from './run.ts';
import { type Workload, workloadNames } from './workloads.ts';

/** In US dollars per million tasks, and in seconds. */
export const bars = {
  'ours-express': {
    image: { waitingCostPerMillion: 10, lagP50S: 0.45 },
    gif: { waitingCostPerMillion: 32, lagMeanS: 1.2 },
    video: { waitingCostPerMillion: 210, lagMeanS: 3 },
  },
  'ours-standard': {
    image: { waitingCostPerMillion: 85, lagP50S: 0.45 },
    gif: { waitingCostPerMillion: 130 },
    video: { waitingCostPerMillion: 610 },
  },
} as const;
/** What database, event and logs may add to an image's cost of waiting. */
const mostBeside = 10;
/** Of the durable function's cost of waiting for an image. */
const mostOfDurable = 0.35;

export const survivesNothing: PolicyName = 'bare-lambda-loop';

export function brokenBars(rows: readonly Row[]): string[] {
  const of = (workload: Workload, policy: PolicyName): Row => {
    const row = rows.find((candidate) => candidate.workload === workload && candidate.policy === policy);
    if (row === undefined) throw new Error(`there is no row for ${workload} and ${policy}`);
    return row;
  };
  const broken: string[] = [];
  const atMost = (what: string, value: number, bar: number): void => {
    if (!(value <= bar)) broken.push(`${what} is ${value}, which is more than ${bar}`);
  };

  for (const [policy, byWorkload] of Object.entries(bars) as [
    keyof typeof bars,
    (typeof bars)[keyof typeof bars],
  ][])
    for (const workload of workloadNames)
      for (const [field, bar] of Object.entries(byWorkload[workload]) as ['lagMeanS', number][])
        atMost(`${workload}, ${policy}: ${field}`, of(workload, policy)[field], bar);

  const image = of('image', 'ours-express');
  const beside = Number((image.allInCostPerMillion - image.waitingCostPerMillion).toFixed(2));
  atMost('image, ours-express: what comes on top of waiting', beside, mostBeside);

  for (const workload of workloadNames) {
    const ours = of(workload, 'ours-express');
    atMost(
      `${workload}, ours-standard: lagMeanS beside loop-5s`,
      of(workload, 'ours-standard').lagMeanS,
      of(workload, 'loop-5s').lagMeanS,
    );
    for (const rival of rows) {
      if (rival.workload !== workload || rival.policy === ours.policy || rival.policy === survivesNothing)
        continue;
      if (rival.waitingCostPerMillion < ours.waitingCostPerMillion && rival.lagMeanS < ours.lagMeanS)
        broken.push(`${workload}: ${rival.policy} is both cheaper and faster than ours-express`);
    }
  }

  const durable = of('image', 'durable-default');
  atMost(
    'image, ours-express: its part of what durable-default costs',
    image.waitingCostPerMillion / durable.waitingCostPerMillion,
    mostOfDurable,
  );
  if (image.lagP50S >= durable.lagP50S) broken.push('image: durable-default has the lower p50 lag');
  return broken;
}
