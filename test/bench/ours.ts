/** Our own service in the bench: the committed definition, the real invocation and the real records, in virtual time. */
import type { WorkflowType } from '../../functions/detection/types.ts';
import type { Found } from '../../functions/records/item.ts';
import { taskId } from '../support/records.ts';
import { createVirtualWorld, type Observed } from '../support/virtual-world.ts';
import { type Account, logsOf, nothing } from './account.ts';
import { type Conditions, overheadMs } from './workloads.ts';

interface OursOptions {
  type: WorkflowType;
  durationsMs: readonly number[];
  seed: number;
  conditions: Conditions;
}

/** How many tasks are under way at a time changes nothing for any of them. */
const startEveryMs = 100;
/** Longer than any task of the workloads takes: one that is given up has no lag. */
const deadlineSeconds = 24 * 3_600;

/** The accounts of all tasks; and where a record does not say what was counted from outside, a sentence on each. */
export async function runOurs(
  options: OursOptions,
): Promise<{ accounts: Account[]; mismatches: string[]; keyWrites: Map<string, number> }> {
  const { type, durationsMs, conditions } = options;
  const accounts = new Map<string, Account>();
  /** Of each task, what no handler measures. */
  const overheads = new Map<string, number>();
  const world = await createVirtualWorld({
    ...options,
    provider: conditions,
    overheadMs: (isFirst) => overheadMs(conditions, isFirst),
    database: { isDirect: true },
    observe,
  });
  const { clock, provider, workflow, records } = world;
  const mismatches: string[] = [];

  const of = (detectTaskId: string): Account => accounts.get(detectTaskId) ?? nothing;
  const add = (detectTaskId: string, change: Partial<Account>): void =>
    void accounts.set(detectTaskId, { ...of(detectTaskId), ...change });

  function observe(observed: Observed): void {
    switch (observed.what) {
      case 'call':
        return add(observed.detectTaskId, { polls: of(observed.detectTaskId).polls + 1 });
      case 'invocation': {
        const id = taskOf(observed.execution);
        const { invocations, lambdaMs } = of(id);
        overheads.set(id, (overheads.get(id) ?? 0) + observed.overheadMs);
        const billedMs = observed.overheadMs + observed.ms;
        return add(id, { invocations: invocations + 1, lambdaMs: lambdaMs + billedMs });
      }
      case 'event': {
        const id = observed.event.detail.detect_task_id;
        return add(id, { events: of(id).events + 1 });
      }
      case 'end': {
        const { name, startedMs, endedMs = startedMs, transitions } = observed.execution;
        const id = taskOf(name);
        return add(id, {
          transitions: of(id).transitions + transitions,
          executionsMs: [...of(id).executionsMs, endedMs - startedMs],
        });
      }
      case 'state':
      case 'read':
      case 'write':
      case 'concurrency':
      case 'throttle':
    }
  }

  async function follow(durationMs: number, index: number): Promise<void> {
    const id = `task-${index}`;
    await clock.sleep(index * startEveryMs);
    const { readyMs } = provider.submit(id, durationMs);
    const { ended } = workflow.execute(`1-${id}`, { detect_task_id: id, deadline_seconds: deadlineSeconds });
    await ended;
    // An execution may have begun another one: the next leg.
    for (;;) {
      const segment = [...workflow.open()].find(({ name }) => taskOf(name) === id);
      if (segment === undefined) break;
      await segment.ended;
    }
    const found = await records.read(taskId(id));
    const account = of(id);
    const measured = { ...account, lambdaMs: account.lambdaMs - (overheads.get(id) ?? 0) };
    mismatches.push(...differences(id, found, measured));
    const finalAt = found.kind === 'head' ? Date.parse(found.head.final_at ?? '') : Number.NaN;
    const { reads, writes, indexWrites } = world.capacity(id);
    accounts.set(id, {
      ...account,
      lagMs: finalAt - readyMs,
      reads: reads - 1,
      writes,
      indexWrites,
    });
  }

  await clock.attend(() => Promise.all(durationsMs.map(follow)));
  const { lines, bytes, documents } = world.logged;
  const ofATask = (count: number): number => count / durationsMs.length;
  await world.close();
  return {
    mismatches,
    keyWrites: world.keyWrites,
    accounts: [...accounts.values()].map((account) => ({
      ...account,
      logs: logsOf({
        invocations: account.invocations,
        lines: ofATask(lines),
        lineBytes: ofATask(bytes),
        documents: ofATask(documents),
        ...(type === 'STANDARD' && { transitions: account.transitions }),
      }),
      ...(type === 'STANDARD' && { executionsMs: [] }),
    })),
  };
}

/** `<attempt>-<id>`, or `<attempt>_<leg>-<id>`. */
const taskOf = (executionName: string): string => executionName.slice(executionName.indexOf('-') + 1);

export function differences(id: string, found: Found, account: Account): string[] {
  if (found.kind !== 'head' || found.head.status !== 'succeeded') return [`${id}: did not succeed`];
  const recorded = found.head as unknown as Record<string, unknown>;
  const counted = {
    polls: account.polls,
    invocations: account.invocations,
    transitions: account.transitions,
    lambda_ms: account.lambdaMs,
    executions: account.executionsMs.length,
    workflow_ms: account.executionsMs.reduce((sum, ms) => sum + ms, 0),
  };
  return Object.entries(counted)
    .filter(([counter, value]) => counter in recorded && recorded[counter] !== value)
    .map(([counter, value]) => `${id}: ${counter} is ${String(recorded[counter])} and was ${value}`);
}
