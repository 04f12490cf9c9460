/** The tables of docs/scale.md, from what was measured and from the quotas. */
import type { WorkflowType } from '../../functions/detection/types.ts';
import type { Workload } from '../bench/workloads.ts';
import type { Demand } from './demand.ts';
import { exceededQuotas } from './needs.ts';
import { type QuotaName, quotaNames, quotas } from './quotas.ts';
import type { Simulated } from './simulate.ts';

export interface Measured {
  seed: number;
  /** Of each simulated row. */
  tasks: number;
  /** Tasks a second in the simulation. */
  rate: number;
  rows: (Simulated & { type: WorkflowType; workload: Workload; demand: Demand })[];
  /** Polls of a task whose key has a backlog, so that it is asked as late as it may be. */
  queuedPolls: Record<Workload, number>;
}

const rates = [10, 1_000, 100_000];
const limits = [2, 10, 100, 3_000];
const typeNames: Record<WorkflowType, string> = { STANDARD: 'Standard', EXPRESS: 'Express' };
const headings: Record<QuotaName, string> = {
  starts: 'starts',
  transitions: 'transitions',
  open: 'open',
  concurrency: 'concurrency',
  invocations: 'invocations',
  indexKey: 'index key',
  writes: 'table writes',
  reads: 'table reads',
  events: 'events',
  secrets: 'secret reads',
};

export const tables = (measured: Measured): Record<string, string> => ({
  provider: providerTable(measured),
  quotas: quotaTable(),
  binding: bindingTable(measured),
});

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const number = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
const limit = (value: number): string => (value === Infinity ? 'none' : value.toLocaleString('en-US'));

function providerTable({ rows, queuedPolls }: Measured): string {
  const standard = rows.filter(({ type }) => type === 'STANDARD');
  return table(
    ['workload', 'polls a task', 'in a backlog', ...limits.map((each) => `an hour at ${limit(each)}/s`)],
    standard.map(({ workload, demand: { polls } }) => [
      workload,
      number(polls),
      number(queuedPolls[workload]),
      ...limits.map((each) => number((each * 3_600) / queuedPolls[workload])),
    ]),
  );
}

const rowName = ({ type, workload }: Measured['rows'][number]): string[] => [typeNames[type], workload];

const quotaTable = (): string =>
  table(
    ['quota', 'Standard', 'Express', 'can be raised'],
    quotaNames.map((name) => {
      const quota = quotas[name];
      return [
        `[${quota.name}](${quota.source}), ${quota.unit}`,
        limit(quota.limit.STANDARD),
        limit(quota.limit.EXPRESS),
        quota.canBeRaised ? 'yes' : 'no',
      ];
    }),
  );

/** Per cell, the quotas exceeded most; `docs/scale.json` has the numbers behind all of them. */
const shownQuotas = 3;

const bindingTable = ({ rows }: Measured): string =>
  table(
    ['on', 'workload', ...rates.map((rate) => `at ${limit(rate)}/s`)],
    rows.map((row) => [
      ...rowName(row),
      ...rates.map((rate) => {
        const exceeded = exceededQuotas(row.type, rate, row.demand).slice(0, shownQuotas);
        return exceeded.map(([name, factor]) => `${headings[name]} ${number(factor)}×`).join(', ') || 'none';
      }),
    ]),
  );
