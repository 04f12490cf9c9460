/** Many tasks that come at a rate, in virtual time: what is asked of each service in every second. */
import type { WorkflowType } from '../../functions/detection/types.ts';
import { policyOf } from '../../functions/poll/policy.ts';
import { durationsOf, type Workload } from '../bench/workloads.ts';
import { seededRandom } from '../support/random.ts';
import { live } from './life.ts';

export interface SimulationOptions {
  type: WorkflowType;
  workload: Workload;
  tasks: number;
  /** Tasks a second, at random times. */
  rate: number;
  seed: number;
}

/** The highest of any second, except where it says otherwise. */
interface Peaks {
  starts: number;
  transitions: number;
  polls: number;
  invocations: number;
  tableWrites: number;
  /** At a time, as means of a second. */
  concurrency: number;
  open: number;
  /** Sandboxes that are wanted in one second beyond those of the second before. */
  rise: number;
  /** From the first start to the last end. */
  hours: number;
}

export interface Simulated {
  peaks: Peaks;
  /** Of a task. */
  means: {
    polls: number;
    invocations: number;
    transitions: number;
    tableWrites: number;
    busySeconds: number;
  };
}

export function simulate({ type, workload, tasks, rate, seed }: SimulationOptions): Simulated {
  const random = seededRandom(seed);
  const durationsMs = durationsOf(workload, tasks, random);
  const policy = policyOf(type);
  const longestMs = durationsMs.reduce((longest, ms) => Math.max(longest, ms), 0);
  const seconds = Math.ceil((1.2 * tasks) / rate + 10 + (1.3 * longestMs) / 1_000 + 300);
  const series = () => new Float64Array(seconds + 2);
  const [starts, transitions, polls, invocations, tableWrites, busy, open] = Array.from(
    { length: 7 },
    series,
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const total = { polls: 0, invocations: 0, transitions: 0, tableWrites: 0, busyMs: 0 };
  let arrivedMs = 0;
  let lastMs = 0;

  const add = (to: Float64Array, atMs: number, count = 1): void => {
    to[Math.floor((arrivedMs + atMs) / 1_000)]! += count;
  };
  /** As differences, so that a long stay costs no more than a short one: whole seconds between two parts of one. */
  const stay = (to: Float64Array, fromMs: number, toMs: number): void => {
    const [from, until] = [(arrivedMs + fromMs) / 1_000, (arrivedMs + toMs) / 1_000];
    ramp(to, from, 1);
    ramp(to, until, -1);
  };
  const observer = {
    start: (atMs: number) => add(starts, atMs),
    transition(atMs: number, states: number) {
      total.transitions += states;
      add(transitions, atMs, states);
    },
    poll(atMs: number) {
      total.polls += 1;
      add(polls, atMs);
    },
    invoke(fromMs: number, toMs: number) {
      total.invocations += 1;
      total.busyMs += toMs - fromMs;
      add(invocations, fromMs);
      stay(busy, fromMs, toMs);
    },
    write(atMs: number) {
      total.tableWrites += 1;
      add(tableWrites, atMs);
    },
    end(atMs: number) {
      stay(open, 0, atMs);
      lastMs = Math.max(lastMs, arrivedMs + atMs);
    },
  };
  for (const durationMs of durationsMs) {
    live(durationMs, policy, random, observer);
    arrivedMs += (-Math.log(1 - random()) * 1_000) / rate;
  }

  const { peak: concurrency, rise } = peakOf(busy);
  return {
    peaks: {
      starts: highest(starts),
      transitions: highest(transitions),
      polls: highest(polls),
      invocations: highest(invocations),
      tableWrites: highest(tableWrites),
      concurrency,
      open: peakOf(open).peak,
      rise,
      hours: rounded(lastMs / 3_600_000),
    },
    means: {
      polls: rounded(total.polls / tasks),
      invocations: rounded(total.invocations / tasks),
      transitions: rounded(total.transitions / tasks),
      tableWrites: rounded(total.tableWrites / tasks),
      busySeconds: rounded(total.busyMs / tasks / 1_000),
    },
  };
}

/** From that moment on one more, or one less: in the second of it only for what is left of that. */
function ramp(to: Float64Array, at: number, sign: 1 | -1): void {
  const second = Math.floor(at);
  const left = second + 1 - at;
  to[second]! += sign * left;
  to[second + 1]! += sign * (1 - left);
}

function peakOf(differences: Float64Array): { peak: number; rise: number } {
  let [level, peak, rise] = [0, 0, 0];
  for (const difference of differences) {
    level += difference;
    peak = Math.max(peak, level);
    rise = Math.max(rise, difference);
  }
  return { peak: Math.round(peak), rise: Math.round(rise) };
}

const highest = (series: Float64Array): number => series.reduce((a, b) => Math.max(a, b), 0);
const rounded = (value: number): number => Number(value.toFixed(3));
