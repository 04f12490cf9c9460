/** The stack of the package's `/testing` with what only the project's own tests look at and break. */
import type { WorkflowType } from '../../functions/detection/types.ts';
import { createPublish } from '../../functions/notify/publish.ts';
import type { PollClients } from '../../functions/poll/assemble.ts';
import type { Policy } from '../../functions/poll/policy.ts';
import type { InvocationResult } from '../../functions/poll/state.ts';
import type { InProcessOptions } from '../../local/testing/in-process.ts';
import { startStack } from '../../local/testing/stack.ts';
import { openTable } from './table.ts';

/** Looks like nothing else, so that finding it anywhere is a leak. */
export const canaryKey = ['canary', 'key', '5up3r53cr37'].join('-');

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld(
  options: {
    type?: WorkflowType;
    policy?: Policy;
    random?: () => number;
    telemetry?: PollClients['telemetry'];
    database?: InProcessOptions;
  } = {},
) {
  const { type = 'STANDARD', telemetry, database, ...parts } = options;
  const table = await openTable(database);
  const logged: string[] = [];
  const carried: InvocationResult[] = [];
  const dead = new Set<string>();
  const stack = await startStack(
    { workflowType: type },
    {
      ...parts,
      apiKey: canaryKey,
      database: table,
      telemetry: {
        log(level, message, fields) {
          logged.push(JSON.stringify(fields));
          telemetry?.log(level, message, fields);
        },
        measure: (...measurement) => telemetry?.measure(...measurement),
      },
      onResult: (result) => void carried.push(result),
      isAlive: (processId) => !dead.has(processId),
    },
  );
  const { clock, records, workflow, put } = stack;
  return {
    ...stack,
    table,
    /** Every line that an invocation logged, and every answer that went into the workflow. */
    logged,
    carried,
    publish: createPublish({ put, records }),
    /** Declares a process dead. */
    kill: (processId: string) => dead.add(processId),
    /** One execution under any name with any input, to its end. */
    execute: (executionName: string, input: unknown) =>
      clock.attend(() => workflow.execute(executionName, input)),
  };
}
