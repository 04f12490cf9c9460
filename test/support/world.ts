/**
 * A whole world in one process for stories: the committed workflow in the interpreter, the real invocation, a real database
 * protocol, the simulated provider over real HTTP, and a clock that skips all waiting.
 */
import { createClient } from '../../client/client.ts';
import { fixedKey } from '../../functions/api-key/reader.ts';
import { createService } from '../../functions/control/service.ts';
import { createCrunClient } from '../../functions/crun/client.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import type { DetectionEvent } from '../../functions/notify/event.ts';
import { createPublish, type PutEvent } from '../../functions/notify/publish.ts';
import { assemblePoll, type PollClients } from '../../functions/poll/assemble.ts';
import type { Policy } from '../../functions/poll/policy.ts';
import type { InvocationResult, InvocationEvent } from '../../functions/poll/state.ts';
import { createRecords } from '../../functions/records/records.ts';
import { committedDefinition } from '../../local/definition.ts';
import type { Processes } from '../../local/processes.ts';
import { startSimulator } from '../../local/simulator/simulator.ts';
import { tableName } from '../../local/table.ts';
import { createLocalWorkflow } from '../../local/workflow.ts';
import { createSkippingClock } from './clock.ts';
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
  } = {},
) {
  const { type = 'STANDARD' } = options;
  const clock = createSkippingClock();
  const table = await openTable();
  const simulator = await startSimulator({ apiKey: canaryKey, now: clock.now });
  const crun = createCrunClient({ baseUrl: simulator.baseUrl });
  const logged: string[] = [];
  const carried: InvocationResult[] = [];
  const dead = new Set<string>();
  const processes: Processes = {
    id: 'c1deadbeef',
    isAlive: async (processId) => !dead.has(processId),
    close: async () => {},
  };
  const defaults = { deadlineSeconds: 3_600, retentionSeconds: 30 * 86_400, shards: 1 };
  const records = createRecords({ client: table.client, tableName, defaults, now: clock.now });
  const events: DetectionEvent[] = [];
  const put: PutEvent = async (event) => void events.push(event);
  const publish = createPublish({ put, records });
  const poll = assemblePoll(
    { TABLE_NAME: tableName, CRUN_BASE_URL: simulator.baseUrl, RATE_LIMIT: 0, WORKFLOW_TYPE: type },
    {
      records,
      dynamodb: table.client,
      put,
      crun,
      apiKey: fixedKey(canaryKey),
      clock,
      random: options.random ?? (() => 0.5),
      telemetry: {
        log(level, message, fields) {
          logged.push(JSON.stringify(fields));
          options.telemetry?.log(level, message, fields);
        },
        measure: (...measurement) => options.telemetry?.measure(...measurement),
      },
      isLost: (executionArn) => workflow.isLost(executionArn),
    },
    options.policy,
  );
  const invoke = async (event: InvocationEvent): Promise<InvocationResult> => {
    const answer = await poll(event, Infinity);
    carried.push(answer);
    // An interpreter's own waits are real; here the wait happens on the clock that skips.
    if (answer.next === 'wait') await clock.sleep(answer.wait_seconds * 1_000);
    return answer;
  };
  const workflow: ReturnType<typeof createLocalWorkflow> = createLocalWorkflow({
    type,
    definition: committedDefinition(type),
    invoke,
    dynamodb: table.client,
    tableName,
    processes,
    records,
    now: clock.now,
    overrides: {
      waitTimeOverrides: { Wait: 0 },
      retryIntervalOverrides: { Poll: 0, 'Record abandonment': 0 },
    },
  });
  const service = createService({ records, workflow, now: clock.now });
  const client = createClient({ records, service, workflow, now: clock.now });

  return {
    clock,
    table,
    records,
    simulator,
    client,
    workflow,
    /** Every line that an invocation logged, and every answer that went into the workflow. */
    logged,
    carried,
    /** What the event bus was told, and how it is told. */
    events,
    publish,
    /** Declares a process dead. */
    kill: (processId: string) => dead.add(processId),
    /** One invocation, as whatever interprets the workflow invokes it, and the wait that it asks for. */
    invoke,
    /** One execution under any name with any input, to its end. */
    execute: (executionName: string, input: unknown) =>
      clock.attend(() => workflow.execute(executionName, input)),
    async close() {
      crun.close();
      await simulator.close();
      await table.close();
    },
  };
}
