/**
 * The whole service for a test: the committed workflow in the interpreter, the real invocation, a real database protocol
 * in memory, the simulated provider over real HTTP, and a clock that skips all waiting.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { type Client, createClient } from '../../client/client.ts';
import { fixedKey } from '../../functions/api-key/reader.ts';
import { createService } from '../../functions/control/service.ts';
import { createCrunClient } from '../../functions/crun/client.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import type { DetectionEvent } from '../../functions/notify/event.ts';
import type { PutEvent } from '../../functions/notify/publish.ts';
import { createSender } from '../../functions/notify/webhook/send.ts';
import { assemblePoll, type PollClients } from '../../functions/poll/assemble.ts';
import type { Policy } from '../../functions/poll/policy.ts';
import type { InvocationEvent, InvocationResult } from '../../functions/poll/state.ts';
import { createRecords, type Records } from '../../functions/records/records.ts';
import { assembleDetect } from '../../functions/submit/assemble.ts';
import { createPrepareUpload } from '../../functions/submit/submitter.ts';
import { committedDefinition } from '../definition.ts';
import { createNotifier } from '../notifier.ts';
import type { Processes } from '../processes.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { createTable, tableName } from '../table.ts';
import { createLocalWorkflow, type LocalWorkflow } from '../workflow.ts';
import { createSkippingClock, type SkippingClock } from './clock.ts';
import { openInProcess } from './in-process.ts';

export interface TestStackOptions {
  /**
   * What runs the workflow.
   *
   * @default 'STANDARD'
   * @example 'EXPRESS'
   */
  workflowType?: WorkflowType;
  /**
   * Signs webhooks: `whsec_` and the base64 of 24 to 64 bytes.
   *
   * @default - a secret that is the same in every test, `testWebhookSecret`
   * @example 'whsec_' + btoa('for this test and nothing else')
   */
  webhookSecret?: string;
}

export interface TestStack {
  /** Starts, reads, waits, as at a deployed stack. */
  client: Client;
  /** Registers tasks with what they answer, and knows every call. */
  simulator: Simulator;
  /** Starts on 22 November 2026, and takes no real time. */
  clock: SkippingClock;
  /** What the event bus received, in order. */
  events: readonly DetectionEvent[];
  /** Resolves when no webhook is on its way any more. Callback URLs may be http on this machine. */
  delivered(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the project's own tests put in the place of a part. */
export interface TestParts {
  policy?: Policy;
  random?: () => number;
  telemetry?: PollClients['telemetry'];
  apiKey?: string;
  database?: { client: DynamoDBClient; close: () => Promise<void> };
  /** Every answer that goes into the workflow. */
  onResult?: (result: InvocationResult) => void;
  isAlive?: (processId: string) => boolean;
}

export interface TestStackInside extends TestStack {
  records: Records;
  workflow: LocalWorkflow;
  put: PutEvent;
  /** One invocation, as whatever interprets the workflow invokes it, and the wait that it asks for. */
  invoke: (event: InvocationEvent) => Promise<InvocationResult>;
}

/** Signs the webhooks of tests, and of nothing else. */
export const testWebhookSecret = `whsec_${Buffer.from('for tests and nothing else').toString('base64')}`;

/** An interpreter's own waits are real; the wait happens on the clock that skips instead. */
const overrides = {
  waitTimeOverrides: { Wait: 0 },
  retryIntervalOverrides: { Poll: 0, 'Record abandonment': 0 },
};

export const startTestStack = (options: TestStackOptions = {}): Promise<TestStack> => startStack(options, {});

export async function startStack(options: TestStackOptions, parts: TestParts): Promise<TestStackInside> {
  const { workflowType: type = 'STANDARD', webhookSecret = testWebhookSecret } = options;
  const { apiKey = 'key-of-a-test', database = await openMemory(), isAlive = () => true } = parts;
  const clock = createSkippingClock();
  const { now } = clock;
  const simulator = await startSimulator({ apiKey, now });
  const crun = createCrunClient({ baseUrl: simulator.baseUrl });
  const dynamodb = database.client;
  const callbacks = { allowLoopback: true };
  const defaults = { deadlineSeconds: 3_600, retentionSeconds: 30 * 86_400, shards: 1, callbacks };
  const records = createRecords({ client: dynamodb, tableName, defaults, now });
  const { random = () => 0.5, telemetry = { log: () => {}, measure: () => {} } } = parts;
  const clients = { records, dynamodb, clock, random, telemetry };
  const secrets = async () => [webhookSecret];
  const notifier = createNotifier({ ...clients, secrets, send: createSender({ rule: callbacks }) });
  const events: DetectionEvent[] = [];
  const put: PutEvent = async (event) => {
    events.push(event);
    await notifier.put(event);
  };
  const { baseUrl } = simulator;
  const poll = assemblePoll(
    { TABLE_NAME: tableName, CRUN_BASE_URL: baseUrl, RATE_LIMIT: 0, WORKFLOW_TYPE: type },
    { ...clients, put, crun, apiKey: fixedKey(apiKey), isLost: (arn) => workflow.isLost(arn) },
    parts.policy,
  );
  async function invoke(event: InvocationEvent): Promise<InvocationResult> {
    const result = await poll(event, Infinity);
    parts.onResult?.(result);
    if (result.next === 'wait') await clock.sleep(result.wait_seconds * 1_000);
    return result;
  }
  const processes: Processes = {
    id: 'c1deadbeef',
    isAlive: async (processId) => isAlive(processId),
    close: async () => {},
  };
  const workflow: LocalWorkflow = createLocalWorkflow({
    type,
    definition: committedDefinition(type),
    invoke,
    dynamodb,
    tableName,
    processes,
    records,
    now,
    overrides,
  });
  const service = createService({ records, workflow: attended(workflow, clock), now });
  const submitting = { crun, apiKey: fixedKey(apiKey) };
  const submitter = {
    detect: assembleDetect(
      { tableName, baseUrl, provider: 'simulator', rateLimit: 0, experimentalVideo: true },
      { ...clients, ...submitting, service },
    ),
    prepareUpload: createPrepareUpload(submitting),
  };
  async function close(): Promise<void> {
    await notifier.idle();
    crun.close();
    await simulator.close();
    await database.close();
  }
  return {
    client: createClient({ records, service, submitter, workflow, now }),
    simulator,
    clock,
    events,
    records,
    workflow,
    put,
    invoke,
    close,
    delivered: () => notifier.idle(),
    [Symbol.asyncDispose]: close,
  };
}

/** Time stands still while any execution is at work. */
function attended(workflow: LocalWorkflow, clock: SkippingClock): LocalWorkflow {
  return {
    ...workflow,
    async start(executionName, detectTaskId) {
      const before = workflow.ended(detectTaskId);
      const state = await workflow.start(executionName, detectTaskId);
      const ended = workflow.ended(detectTaskId);
      if (ended !== undefined && ended !== before) void clock.attend(() => ended);
      return state;
    },
  };
}

async function openMemory(): Promise<{ client: DynamoDBClient; close: () => Promise<void> }> {
  const database = openInProcess();
  await createTable(database.client);
  return database;
}
