/** All rows: what a task asks for, counted from the real code, and what a million of them come to. */
import { workflowTypes } from '../../functions/detection/types.ts';
import { inQueue, standardPolicy } from '../../functions/poll/policy.ts';
import { durationsOf, mediaWorkloads, type Workload } from '../bench/workloads.ts';
import { seededRandom } from '../support/random.ts';
import { demandOf } from './demand.ts';
import { live } from './life.ts';
import { simulate } from './simulate.ts';
import type { Measured } from './tables.ts';

export const standard = { seed: 1, tasks: 1_000_000, rate: 1_000 };
/** So many are run by the real code for the means of one. */
export const measuredTasks = 200;

export async function measure(options: typeof standard): Promise<Measured> {
  const rows: Measured['rows'] = [];
  for (const type of workflowTypes)
    for (const workload of mediaWorkloads) {
      const demand = await demandOf(type, workload, { tasks: measuredTasks, seed: options.seed });
      rows.push({ type, workload, demand, ...simulate({ type, workload, ...options }) });
    }
  const queued = mediaWorkloads.map((workload) => [workload, queuedPolls(workload, options.seed)]);
  return { ...options, rows, queuedPolls: Object.fromEntries(queued) as Measured['queuedPolls'] };
}

/** Polls of a task that is asked as late as it may be, because its key has a backlog. */
function queuedPolls(workload: Workload, seed: number): number {
  const tasks = 2_000;
  const random = seededRandom(seed);
  let polls = 0;
  const see = { start() {}, invoke() {}, transition() {}, write() {}, end() {}, poll: () => polls++ };
  for (const durationMs of durationsOf(workload, tasks, random))
    live(durationMs, inQueue(standardPolicy), random, see);
  return Number((polls / tasks).toFixed(3));
}
