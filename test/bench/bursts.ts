/**
 * Many tasks at once on an account with few sandboxes, in virtual time: what an invocation without a sandbox costs, and
 * whether a task is lost by it. Tasks are started by the service and swept each minute, as at AWS.
 */
import { createService } from '../../functions/control/service.ts';
import type { DetectTaskId } from '../../functions/detection/input.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import type { DetectionEvent } from '../../functions/notify/event.ts';
import { due } from '../../functions/records/table.ts';
import { assembleSweep } from '../../functions/sweep/assemble.ts';
import { memoryTable } from '../support/memory-table.ts';
import { seededRandom } from '../support/random.ts';
import { taskId } from '../support/records.ts';
import { createVirtualWorld } from '../support/virtual-world.ts';
import { durationsOf, roundTripMs, type Workload } from './workloads.ts';

export interface Burst {
  type: WorkflowType;
  workload: Workload;
  /** Tasks that are started at the same moment. */
  tasks: number;
  /** What the account has for this function at the most. */
  sandboxes: number;
  /** Calls to the provider a second; 0: no limit. */
  perSecond: number;
  seed: number;
}

export interface BurstRow extends Omit<Burst, 'seed'> {
  lagMeanS: number;
  lagMaxS: number;
  /** Sandboxes in use at the same moment. */
  peakSandboxes: number;
  /** Invocations for which there was no sandbox. */
  throttled: number;
  lost: number;
}

export async function runBurst(burst: Burst): Promise<BurstRow> {
  const { type, workload, tasks, sandboxes, perSecond, seed } = burst;
  const durationsMs = durationsOf(workload, tasks, seededRandom(seed));
  const { client, items } = memoryTable();
  let peakSandboxes = 0;
  let inUse = { atMs: 0, count: 0 };
  let throttled = 0;
  const lags = new Map<string, number>();
  const readyMs = new Map<string, number>();
  /** A task has one answer, however often its event is published. */
  function see({ detail }: DetectionEvent, atMs: number): void {
    if (!('status' in detail) || detail.status !== 'succeeded') return;
    const { detect_task_id: id } = detail;
    if (!lags.has(id)) lags.set(id, atMs - (readyMs.get(id) ?? Number.NaN));
  }
  const world = await createVirtualWorld({
    seed,
    type,
    client,
    provider: { roundTripMs, faces: 1 },
    concurrency: sandboxes,
    sandboxes: 50,
    ...(perSecond > 0 && { rate: perSecond }),
    observe(observed, atMs) {
      if (observed.what === 'concurrency') {
        // What begins and ends within one millisecond of virtual time holds nothing.
        if (atMs > inUse.atMs) peakSandboxes = Math.max(peakSandboxes, inUse.count);
        inUse = { atMs, count: observed.inUse };
      }
      if (observed.what === 'throttle') throttled += 1;
      if (observed.what === 'event') see(observed.event, atMs);
    },
  });
  const { clock, provider, workflow, records } = world;
  const { now } = clock;
  const service = createService({ records, workflow, now });
  const sweep = assembleSweep({
    records: { ...records, dueIds: (beforeMs) => dueIn(items, beforeMs) },
    workflow,
    put: async (event) => see(event, now()),
    clock,
    telemetry: { log: () => {}, measure: () => {} },
  });
  await clock.attend(async () => {
    const untilMs = now() + deadlineSeconds * 1_000;
    const starts = durationsMs.map((durationMs, index) => {
      const id = taskId(`task-${index}`);
      readyMs.set(id, provider.submit(id, durationMs).readyMs);
      return service.start({ detect_task_id: id, deadline_seconds: deadlineSeconds });
    });
    await Promise.all(starts);
    while (lags.size < tasks && now() < untilMs) {
      await clock.sleep(sweepEveryMs);
      await sweep(now() + sweepEveryMs);
    }
    // An execution may begin the next one.
    for (let open = [...workflow.open()]; open.length > 0; open = [...workflow.open()])
      await Promise.all(open.map(({ ended }) => ended));
  });
  await world.close();
  const { seed: _, ...told } = burst;
  const lagsMs = [...lags.values()];
  return {
    ...told,
    lagMeanS: rounded(lagsMs.reduce((sum, ms) => sum + ms, 0) / lagsMs.length / 1_000),
    lagMaxS: rounded(Math.max(...lagsMs) / 1_000),
    peakSandboxes,
    throttled,
    lost: tasks - lagsMs.length,
  };
}

const deadlineSeconds = 86_400;
const sweepEveryMs = 60_000;

/** What the index `due` answers: oldest first. */
async function* dueIn(
  items: ReturnType<typeof memoryTable>['items'],
  beforeMs: number,
): AsyncGenerator<DetectTaskId> {
  const before = new Date(beforeMs).toISOString();
  const found = [...items].flatMap(([id, item]) => {
    const dueAt = item[due.sortKey]?.S;
    return dueAt !== undefined && dueAt <= before ? [{ id, dueAt }] : [];
  });
  for (const { id } of found.toSorted((one, other) => one.dueAt.localeCompare(other.dueAt))) yield taskId(id);
}

const rounded = (value: number): number => Number(value.toFixed(2));

const types = ['STANDARD', 'EXPRESS'] as const;
/** Without a rate limit on accounts of three sizes, and at the default rate on a large one. */
export const burstsOf = (seed: number): Burst[] => [
  ...types.flatMap((type) =>
    [10, 50, 1_000].map((sandboxes): Burst => ({
      type,
      workload: 'video',
      tasks: 1_000,
      sandboxes,
      perSecond: 0,
      seed,
    })),
  ),
  ...types.map((type): Burst => ({
    type,
    workload: 'video',
    tasks: 200,
    sandboxes: 1_000,
    perSecond: 2,
    seed,
  })),
];

/** At the default rate most tasks wait for their slot, and none of them in a sandbox. */
const mostSandboxesAtDefaultRate = 15;

export const brokenBurstBars = (rows: readonly BurstRow[]): string[] =>
  rows.flatMap(({ type, sandboxes, perSecond, lost, peakSandboxes }) => {
    const name = `burst, ${type}, ${sandboxes} sandboxes`;
    return [
      ...(lost > 0 ? [`${name}: ${lost} tasks are lost`] : []),
      ...(perSecond > 0 && peakSandboxes > mostSandboxesAtDefaultRate
        ? [`${name}: ${peakSandboxes} sandboxes at once at the default rate`]
        : []),
    ];
  });
