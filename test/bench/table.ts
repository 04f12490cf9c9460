/** The bench for people: in a terminal, on the page on cost, and in the README. */
import Table from 'cli-table3';

import type { ArchiveCost } from './archive.ts';
import { survivesNothing } from './bars.ts';
import { oursNames, type PolicyName, policyNames, type Row } from './run.ts';
import {
  conditionNames,
  mediaWorkloads,
  type OtherConditions,
  roundTripMs,
  type Workload,
  workloadNames,
  workloads,
} from './workloads.ts';

const titles: Record<PolicyName, string> = {
  'ours-express': 'this, Express',
  'ours-standard': 'this, Standard',
  'aws-job-poller': "AWS's job poller sample: Wait 30 s",
  'loop-5s': 'a loop with Wait 5 s',
  'express-loop-1s': 'an Express loop with Wait 1 s, which loses what takes over five minutes',
  'retry-as-poll': 'Retry as polling: 1 s × 1.5, up to 30 s',
  'durable-default': 'Lambda durable `waitForCondition`, its defaults',
  'sqs-delay': 'an SQS delay queue with the schedule of Express here, without Step Functions',
  'bare-lambda-loop': 'a loop of 500 ms in one Lambda, which survives nothing',
};

/** Every number with its ratio to ours in Express. */
export function terminalTable(rows: readonly Row[]): string {
  return workloadNames
    .map((workload) => {
      const { medianS, sigma } = workloads[workload];
      const table = new Table({
        head: [
          'policy',
          'lag mean',
          'p50',
          'p99',
          'polls',
          'states or operations',
          'sandbox seconds',
          'lost',
          'waiting, $ per million',
          'all in',
        ],
        style: { head: [], border: [] },
        colAligns: ['left', ...Array.from({ length: 9 }, () => 'right' as const)],
      });
      const of = rows.filter((row) => row.workload === workload);
      const ours = of.find(({ policy }) => policy === 'ours-express');
      for (const row of of) {
        const cell = (field: Exclude<keyof Row, 'workload' | 'policy' | 'costs'>, unit = ''): string => {
          const value = row[field];
          if (value === null) return '–';
          return `${value}${unit} ×${(value / (ours?.[field] ?? Number.NaN)).toFixed(2)}`;
        };
        table.push([
          row.policy === survivesNothing ? `${row.policy} (survives nothing)` : row.policy,
          cell('lagMeanS', ' s'),
          cell('lagP50S', ' s'),
          cell('lagP99S', ' s'),
          cell('polls'),
          cell('transitions'),
          cell('sandboxSecondsPerTask'),
          row.lost,
          cell('waitingCostPerMillion'),
          cell('allInCostPerMillion'),
        ]);
      }
      return `${workload}: median ${medianS} s, σ ${sigma}; a call takes ${roundTripMs} ms\n${table.toString()}`;
    })
    .join('\n\n');
}

/** What the README shows; the page on cost shows all. */
export const readmePolicies: readonly PolicyName[] = ['ours-express', 'ours-standard', 'loop-5s'];

/** Cost of waiting, mean lag and seconds in a sandbox of Lambda. */
export const costTable = (rows: readonly Row[], policies: readonly PolicyName[] = policyNames): string =>
  tableOf(
    workloadNames,
    policies.map((policy) => [titles[policy], rows.filter((row) => row.policy === policy)]),
  );

/** The two round trips; and a cold sandbox for every task. */
export const conditionTitles: Record<OtherConditions, string> = {
  near: '50 ms',
  far: '600 ms',
  worked: 'cold',
};

/** Ours under each of the other conditions. */
export const conditionsTable = (under: Partial<Record<OtherConditions, readonly Row[]>>): string =>
  tableOf(
    mediaWorkloads,
    conditionNames.flatMap((conditions) =>
      oursNames.map((policy) => [
        `${titles[policy]}, ${conditionTitles[conditions]}`,
        under[conditions]?.filter((row) => row.policy === policy) ?? [],
      ]),
    ),
  );

/** What an archive adds for 1,000 faces, by how many a detection has. */
export const archiveTable = (costs: readonly ArchiveCost[]): string =>
  [
    ['faces of a detection', ...costs.map(({ faces }) => faces.toLocaleString('en-US'))],
    ['---', ...costs.map(() => '---')],
    ['1,000 faces', ...costs.map(({ allIn }) => `$${allIn.toFixed(4)}`)],
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

function tableOf(names: readonly Workload[], lines: [title: string, rows: readonly Row[]][]): string {
  return [
    `| | ${names.map(titleOf).join(' | ')} |`,
    `|---|${'---|'.repeat(names.length)}`,
    ...lines.map(([title, rows]) => `| ${title} | ${names.map((name) => cellOf(rows, name)).join(' | ')} |`),
  ].join('\n');
}

function cellOf(rows: readonly Row[], workload: Workload): string {
  const row = rows.find((candidate) => candidate.workload === workload);
  if (row === undefined) throw new Error(`there is no row for ${workload}`);
  const { waitingCostPerMillion, lagMeanS, sandboxSecondsPerTask, lost } = row;
  if (lagMeanS === null) return 'all lost';
  const numbers = `$${dollarsOf(waitingCostPerMillion)}, ${lagMeanS.toFixed(1)} s, ${sandboxSecondsPerTask.toFixed(1)} s`;
  return lost === 0 ? numbers : `${numbers}, ${lost} lost`;
}

const dollarsOf = (dollars: number): string => (dollars < 100 ? dollars.toFixed(1) : dollars.toFixed(0));

function titleOf(workload: Workload): string {
  const { medianS } = workloads[workload];
  const median = medianS < 600 ? `${medianS} s` : `${medianS / 60} min`;
  return `${workload === 'gif' ? 'GIF' : workload}, median ${median}`;
}
