/** What one task asks of each service: means, counted from outside while the real code runs in virtual time. */
import type { WorkflowType } from '../../functions/detection/types.ts';
import type { Account } from '../bench/account.ts';
import { runOurs } from '../bench/ours.ts';
import { durationsOf, standardConditions as conditions, type Workload } from '../bench/workloads.ts';
import { seededRandom } from '../support/random.ts';

export interface Demand {
  polls: number;
  invocations: number;
  transitions: number;
  /** Executions begun, those of later executions included. */
  starts: number;
  /** In the function. */
  busySeconds: number;
  /** From the first start to the end. */
  openSeconds: number;
  tableWrites: number;
  indexWrites: number;
  /** Of the partition key of an index that is written most. */
  keyWrites: number;
  reads: number;
  events: number;
  logBytes: number;
}

export async function demandOf(
  type: WorkflowType,
  workload: Workload,
  { tasks, seed }: { tasks: number; seed: number },
): Promise<Demand> {
  const durationsMs = durationsOf(workload, tasks, seededRandom(seed));
  const { accounts, keyWrites, mismatches } = await runOurs({ type, durationsMs, seed, conditions });
  if (mismatches.length > 0) throw new Error(mismatches[0]);
  const mean = (of: (account: Account) => number): number => rounded(sum(accounts.map(of)) / tasks);
  const indexWrites = rounded(sum([...keyWrites.values()]) / tasks);
  return {
    polls: mean(({ polls }) => polls),
    invocations: mean(({ invocations }) => invocations),
    transitions: mean(({ transitions }) => transitions),
    starts: mean(({ executionsMs }) => Math.max(executionsMs.length, 1)),
    busySeconds: mean(({ lambdaMs }) => lambdaMs / 1_000),
    openSeconds: rounded(sum(durationsMs) / tasks / 1_000 + mean(({ lagMs }) => lagMs / 1_000)),
    tableWrites: mean(({ writes }) => writes),
    indexWrites,
    keyWrites: rounded(Math.max(...keyWrites.values()) / tasks),
    reads: mean(({ reads }) => reads),
    events: mean(({ events }) => events),
    logBytes: Math.round(mean(({ logs }) => sum(Object.values(logs)))),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const rounded = (value: number): number => Number(value.toFixed(3));
