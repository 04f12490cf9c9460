/** Starts over real records, and a workflow that keeps names as Step Functions does. */
import { createService } from '../../functions/control/service.ts';
import type { Workflow } from '../../functions/control/workflow.ts';
import { ExecutionInput, type StartInput } from '../../functions/detection/input.ts';
import { ownerNamed, recordsOf, testClock } from './records.ts';
import type { TestTable } from './table.ts';

/** Open, the same start finds an execution running; closed, its name is used up. */
export function createEngine() {
  const executions = new Map<string, 'open' | 'closed'>();
  let beforeStart: (() => unknown) | undefined;
  const workflow: Workflow = {
    executionArn: (name) => ownerNamed(name).execution_arn,
    async start(name) {
      const first = beforeStart;
      beforeStart = undefined;
      await first?.();
      if (!executions.has(name)) executions.set(name, 'open');
      return executions.get(name) === 'open' ? 'running' : 'closed';
    },
    async status(arn) {
      const [, state] = [...executions].find(([name]) => ownerNamed(name).execution_arn === arn) ?? [];
      return state === undefined ? 'unknown' : ({ open: 'running', closed: 'ended' } as const)[state];
    },
    async stop(arn) {
      for (const name of executions.keys()) {
        if (ownerNamed(name).execution_arn === arn) executions.set(name, 'closed');
      }
    },
  };
  return {
    workflow,
    /** The names of those that run. */
    running: () => [...executions].filter(([, state]) => state === 'open').map(([name]) => name),
    /** Uses names up. */
    close: (...names: string[]) => names.forEach((name) => executions.set(name, 'closed')),
    /** What happens before the next start comes through, if it does. */
    beforeStart: (act: () => unknown) => (beforeStart = act),
  };
}

export function startsOn(table: TestTable) {
  const clock = testClock();
  const records = recordsOf(table, clock);
  const engine = createEngine();
  const service = createService({
    records: records.records,
    workflow: engine.workflow,
    now: () => clock.now(),
  });
  return {
    clock,
    ...records,
    ...engine,
    ...service,
    begin: (input: StartInput) => service.start(ExecutionInput.parse(input)),
    start: async (input: StartInput) => (await service.start(ExecutionInput.parse(input))).head,
  };
}
