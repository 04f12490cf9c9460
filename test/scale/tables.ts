/** The tables of docs/scale.md, from what was measured and from the quotas. */
import type { WorkflowType } from '../../functions/detection/types.ts';
import type { Workload } from '../bench/workloads.ts';
import { describesPerMinute } from './assumed.ts';
import type { Demand } from './demand.ts';
import { bindingOf, needsOf, rampSeconds, sharesOf } from './needs.ts';
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
  concurrency: 'function concurrency',
  invocations: 'invocations',
  indexKey: 'one index key',
  writes: 'table writes',
  reads: 'table reads',
  events: 'events',
  secrets: 'secret reads',
};

export const tables = (measured: Measured): Record<string, string> => ({
  provider: providerTable(measured),
  task: taskTable(measured),
  quotas: quotaTable(),
  ...Object.fromEntries(rates.map((rate) => [`at ${rate}`, rateTable(rate, measured)])),
  rest: restTable(measured),
  simulated: simulatedTable(measured),
});

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const number = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
const limit = (value: number): string => (value === Infinity ? 'none' : value.toLocaleString('en-US'));
const share = (value: number): string =>
  value === 0 ? 'none' : value > 1 ? `**${number(value)}**` : value < 0.001 ? '< 0.001' : number(value);

function providerTable({ rows, queuedPolls }: Measured): string {
  const standard = rows.filter(({ type }) => type === 'STANDARD');
  return table(
    [
      'workload',
      'polls of a task',
      ...rates.map((rate) => `calls a second at ${limit(rate)} tasks a second`),
      'polls in a backlog',
      ...limits.map((each) => `tasks an hour at ${limit(each)} calls a second`),
    ],
    standard.map(({ workload, demand: { polls } }) => [
      workload,
      number(polls),
      ...rates.map((rate) => number(rate * polls)),
      number(queuedPolls[workload]),
      ...limits.map((each) => number((each * 3_600) / queuedPolls[workload])),
    ]),
  );
}

const rowName = ({ type, workload }: Measured['rows'][number]): string[] => [typeNames[type], workload];

const taskTable = ({ rows }: Measured): string =>
  table(
    [
      'on',
      'workload',
      'polls',
      'invocations',
      'states entered',
      'executions',
      'in the function',
      'open',
      'table writes',
      'index writes',
      'writes of its busiest index key',
      'reads',
      'log',
    ],
    rows.map((row) => [
      ...rowName(row),
      number(row.demand.polls),
      number(row.demand.invocations),
      number(row.demand.transitions),
      number(row.demand.starts),
      `${number(row.demand.busySeconds)} s`,
      `${number(row.demand.openSeconds)} s`,
      number(row.demand.tableWrites),
      number(row.demand.indexWrites),
      number(row.demand.keyWrites),
      number(row.demand.reads),
      `${number(row.demand.logBytes / 1_000)} KB`,
    ]),
  );

const quotaTable = (): string =>
  table(
    ['quota', 'Standard', 'Express', '', 'can be raised', 'besides'],
    quotaNames.map((name) => {
      const quota = quotas[name];
      return [
        `[${quota.name}](${quota.source})`,
        limit(quota.limit.STANDARD),
        limit(quota.limit.EXPRESS),
        quota.unit,
        quota.canBeRaised ? 'yes' : 'no',
        quota.else,
      ];
    }),
  );

const rateTable = (rate: number, { rows }: Measured): string =>
  table(
    ['on', 'workload', ...quotaNames.map((name) => headings[name]), 'binds most'],
    rows.map((row) => {
      const shares = sharesOf(row.type, rate, row.demand);
      const binding = bindingOf(row.type, rate, row.demand);
      return [
        ...rowName(row),
        ...quotaNames.map((name) => share(shares[name])),
        binding === undefined ? 'nothing' : headings[binding],
      ];
    }),
  );

const restTable = ({ rows }: Measured): string =>
  table(
    [
      'on',
      'workload',
      ...rates.map((rate) => `sandboxes at ${limit(rate)} a second, and until they are there`),
      ...rates.map((rate) => `shards at ${limit(rate)}`),
      ...rates.map((rate) => `log at ${limit(rate)}`),
      `sweep of all that is open, at ${rates.map(limit).join(', ')}`,
    ],
    rows.map((row) => {
      const { demand, type } = row;
      return [
        ...rowName(row),
        ...rates.map(
          (rate) => `${number(needsOf(rate, demand).concurrency)}, ${time(rampSeconds(rate, demand))}`,
        ),
        ...rates.map((rate) =>
          limit(Math.ceil(needsOf(rate, demand).indexKey / quotas.indexKey.limit.STANDARD)),
        ),
        ...rates.map((rate) => `${number((rate * demand.logBytes) / 1e6)} MB/s`),
        type === 'EXPRESS'
          ? 'nobody is asked'
          : rates.map((rate) => time((60 * needsOf(rate, demand).open) / describesPerMinute)).join(', '),
      ];
    }),
  );

const time = (seconds: number): string =>
  seconds < 120
    ? `${number(seconds)} s`
    : seconds < 7_200
      ? `${number(seconds / 60)} min`
      : `${number(seconds / 3_600)} h`;

const simulatedTable = ({ rows }: Measured): string =>
  table(
    [
      'on',
      'workload',
      'starts a second',
      'transitions a second',
      'invocations a second',
      'in the function at a time',
      'open at a time',
      'table writes a second',
      'calls to the provider a second',
      'all ended after',
    ],
    rows.map((row) => [
      ...rowName(row),
      limit(row.peaks.starts),
      limit(row.peaks.transitions),
      limit(row.peaks.invocations),
      limit(row.peaks.concurrency),
      limit(row.peaks.open),
      limit(row.peaks.tableWrites),
      limit(row.peaks.polls),
      `${number(row.peaks.hours)} h`,
    ]),
  );
