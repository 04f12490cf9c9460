/** The bench: every policy on every workload, side by side, by one seed. */
import { seededRandom } from '../support/random.ts';
import { type Account, allInDollars, type Costs, costsOf, nothing, waitingDollars } from './account.ts';
import { runOurs } from './ours.ts';
import { type RivalName, rivals, runRival } from './rivals.ts';
import {
  type Conditions,
  durationsOf,
  mediaWorkloads,
  type OtherConditions,
  otherConditions,
  standardConditions,
  type Workload,
  workloadNames,
} from './workloads.ts';

export const oursNames = ['ours-express', 'ours-standard'] as const;
type OursName = (typeof oursNames)[number];
export type PolicyName = OursName | RivalName;
export const policyNames: readonly PolicyName[] = [...oursNames, ...(Object.keys(rivals) as RivalName[])];

export interface Row {
  workload: Workload;
  policy: PolicyName;
  /** Nothing where every task is lost. */
  lagMeanS: number | null;
  lagP50S: number | null;
  lagP99S: number | null;
  /** Means of a task. `transitions` counts states entered, and operations where there are no states. */
  polls: number;
  transitions: number;
  /** Seconds that a task holds a sandbox of Lambda: the quota that an account shares. */
  sandboxSecondsPerTask: number;
  /** Tasks of which there is no answer; they count in no lag. */
  lost: number;
  /** In US dollars. */
  waitingCostPerMillion: number;
  allInCostPerMillion: number;
  /** The parts of the sum. */
  costs: Costs;
}

/** One policy on one workload. */
export interface Job {
  workload: Workload;
  policy: PolicyName;
  tasks: number;
  seed: number;
  conditions: Conditions;
}

export interface Benched {
  row: Row;
  /** What a record says otherwise than was counted from outside. */
  mismatches: string[];
}

/** A long task has some hundred polls, so that fewer of them tell as much; what is varied is compared with a bar of its own. */
const fewer = 5;

export const jobsOf = (options: { seed: number; tasks: number }): Job[] =>
  workloadNames.flatMap((workload) =>
    policyNames.map((policy) => ({
      ...options,
      workload,
      policy,
      conditions: standardConditions,
      tasks: workload === 'long' ? Math.ceil(options.tasks / fewer) : options.tasks,
    })),
  );

export const jobsUnder = (conditions: OtherConditions, options: { seed: number; tasks: number }): Job[] =>
  mediaWorkloads.flatMap((workload) =>
    policyNames.map((policy) => ({
      ...options,
      workload,
      policy,
      conditions: otherConditions[conditions],
      tasks: Math.ceil(options.tasks / fewer),
    })),
  );

export async function run({ workload, policy, tasks, ...options }: Job): Promise<Benched> {
  const durationsMs = durationsOf(workload, tasks, seededRandom(options.seed));
  const { accounts, mismatches } =
    policy === 'ours-express' || policy === 'ours-standard'
      ? await runOurs({ type: typeOf[policy], durationsMs, ...options })
      : { accounts: await runRival(policy, durationsMs, options), mismatches: [] };
  return {
    row: rowOf(workload, policy, accounts),
    mismatches: mismatches.map((sentence) => `${workload}, ${policy}: ${sentence}`),
  };
}

const typeOf = { 'ours-express': 'EXPRESS', 'ours-standard': 'STANDARD' } as const;

function rowOf(workload: Workload, policy: PolicyName, accounts: readonly Account[]): Row {
  const mean = (of: (account: Account) => number): number =>
    accounts.reduce((sum, account) => sum + of(account), 0) / accounts.length;
  const lags = accounts
    .map(({ lagMs }) => lagMs / 1_000)
    .filter((lagS) => !Number.isNaN(lagS))
    .toSorted((a, b) => a - b);
  const percentile = (share: number): number =>
    lags[Math.min(Math.ceil(share * lags.length), lags.length) - 1] ?? Number.NaN;
  return {
    workload,
    policy,
    lagMeanS: lagOf(lags.reduce((sum, lagS) => sum + lagS, 0) / lags.length),
    lagP50S: lagOf(percentile(0.5)),
    lagP99S: lagOf(percentile(0.99)),
    polls: rounded(
      mean(({ polls }) => polls),
      3,
    ),
    transitions: rounded(
      mean(({ transitions, operations }) => transitions + operations),
      3,
    ),
    sandboxSecondsPerTask: rounded(
      mean(({ lambdaMs }) => lambdaMs / 1_000),
      2,
    ),
    lost: accounts.length - lags.length,
    waitingCostPerMillion: rounded(1_000_000 * mean(waitingDollars), 2),
    allInCostPerMillion: rounded(1_000_000 * mean(allInDollars), 2),
    costs: Object.fromEntries(
      Object.keys(costsOf(nothing)).map((part) => [
        part,
        rounded(1_000_000 * mean((account) => costsOf(account)[part as keyof Costs]), 2),
      ]),
    ) as Costs,
  };
}

const lagOf = (seconds: number): number | null => (Number.isNaN(seconds) ? null : rounded(seconds, 3));
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
