/** The bench for people: in a terminal, on the page on cost, and in the README. */
import Table from 'cli-table3';

import { survivesNothing } from './bars.ts';
import { type PolicyName, policyNames, type Row } from './run.ts';
import { roundTripMs, workloadNames, workloads } from './workloads.ts';

const titles: Record<PolicyName, string> = {
  'ours-express': 'this, Express',
  'ours-standard': 'this, Standard',
  'aws-job-poller': "AWS's job poller sample: Wait 30 s",
  'loop-5s': 'a loop with Wait 5 s',
  'retry-as-poll': 'Retry as polling: 1 s × 1.5, up to 30 s',
  'durable-default': 'Lambda durable `waitForCondition`, its defaults',
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
          'waiting, $ per million',
          'all in',
        ],
        style: { head: [], border: [] },
        colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
      });
      const of = rows.filter((row) => row.workload === workload);
      const ours = of.find(({ policy }) => policy === 'ours-express');
      for (const row of of) {
        const cell = (field: Exclude<keyof Row, 'workload' | 'policy'>, unit = ''): string => {
          const ratio = row[field] / (ours?.[field] ?? Number.NaN);
          return `${row[field]}${unit} ×${ratio.toFixed(2)}`;
        };
        table.push([
          row.policy === survivesNothing ? `${row.policy} (survives nothing)` : row.policy,
          cell('lagMeanS', ' s'),
          cell('lagP50S', ' s'),
          cell('lagP99S', ' s'),
          cell('polls'),
          cell('transitions'),
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

/** Cost of waiting and mean lag. */
export function costTable(rows: readonly Row[], policies: readonly PolicyName[] = policyNames): string {
  const lines = policies.map((policy) => {
    const cells = workloadNames.map((workload) => {
      const row = rows.find((candidate) => candidate.workload === workload && candidate.policy === policy);
      return `$${row?.waitingCostPerMillion.toFixed(1)}, ${row?.lagMeanS.toFixed(1)} s`;
    });
    return `| ${titles[policy]} | ${cells.join(' | ')} |`;
  });
  return ['| | image | GIF | video |', '|---|---|---|---|', ...lines].join('\n');
}
