/** Everything that AWS would run, on this machine: the same invocation, the same definition, an embedded database. */
import { readFileSync } from 'node:fs';

import type { StateMachineDefinition } from 'aws-local-stepfunctions';

import { type Client, createClient } from '../client/client.ts';
import { fixedKey } from '../functions/api-key/reader.ts';
import { createRequests, type Requests } from '../functions/api/requests.ts';
import { systemClock } from '../functions/clock.ts';
import { RejectedRequestError } from '../functions/control/service.ts';
import { definitionFiles } from '../functions/control/workflow.ts';
import { createCrunClient } from '../functions/crun/client.ts';
import { DetectTaskId, type ExecutionInput } from '../functions/detection/input.ts';
import { isFinal, type WorkflowType } from '../functions/detection/types.ts';
import { assemblePoll } from '../functions/poll/assemble.ts';
import type { RecordDefaults } from '../functions/records/head.ts';
import { isPublished } from '../functions/records/outbox.ts';
import type { Listed } from '../functions/records/query.ts';
import { createRecords, type Records } from '../functions/records/records.ts';
import { openDatabase } from './database.ts';
import { createNotifier, type Notifier } from './notifier.ts';
import { joinProcesses, type ProviderKind, providerKindOf } from './processes.ts';
import type { LocalSettings } from './settings.ts';
import { startSimulator } from './simulator/simulator.ts';
import { startSweeping } from './sweeping.ts';
import { tableName } from './table.ts';
import { ownWebhookSecrets } from './webhook-secret.ts';
import { createLocalWorkflow, type LocalWorkflow, processOf } from './workflow.ts';

export interface LocalStack {
  client: Client;
  /** The same records, as the HTTP API asks for them. */
  requests: Requests;
  workflow: LocalWorkflow;
  /** Where a task is submitted and polled. */
  provider: { baseUrl: string; apiKey: string };
  /** When no webhook is being delivered any more. */
  told(): Promise<void>;
  close(): Promise<void>;
}

const standardDefaults: RecordDefaults = { deadlineSeconds: 3_600, retentionSeconds: 30 * 86_400, shards: 1 };
/** Known to the simulator of this process only; it opens nothing else. */
const simulatorKey = 'simulated';

export async function openLocalStack(settings: LocalSettings): Promise<LocalStack> {
  const database = await openDatabase(settings.dataFolder);
  const processes = await joinProcesses(settings.dataFolder, settings.provider.kind);
  const { kind } = settings.provider;
  const { workflowType = 'STANDARD' } = settings;
  const simulator =
    kind === 'simulator' ? await startSimulator({ apiKey: simulatorKey, isRecording: false }) : undefined;
  // What only reads records polls nobody: port 9 is nobody's.
  const provider =
    settings.provider.kind === 'crun'
      ? settings.provider
      : { baseUrl: simulator?.baseUrl ?? 'http://127.0.0.1:9', apiKey: simulatorKey };
  const crun = createCrunClient({ baseUrl: provider.baseUrl });

  const { now } = systemClock;
  const defaults: RecordDefaults = {
    ...standardDefaults,
    ...(settings.callbacks && { callbacks: settings.callbacks }),
  };
  const secrets = async () => settings.webhookSecrets ?? ownWebhookSecrets(settings.dataFolder);
  const recordsDeps = { client: database.client, tableName, defaults, now };
  const records = createRecords(recordsDeps);
  const notifier = createNotifier({ records, clock: systemClock, random: Math.random, secrets });
  const { rateLimit = 0 } = settings;
  const invoke = assemblePoll(
    {
      TABLE_NAME: tableName,
      CRUN_BASE_URL: provider.baseUrl,
      RATE_LIMIT: rateLimit,
      WORKFLOW_TYPE: workflowType,
    },
    {
      records,
      dynamodb: database.client,
      put: notifier.put,
      crun,
      apiKey: fixedKey(provider.apiKey),
      clock: systemClock,
      random: Math.random,
      // The terminal shows what happens to each record.
      telemetry: { log: () => {}, measure: () => {} },
      isLost: (executionArn) => workflow.isLost(executionArn),
    },
  );
  const workflow: LocalWorkflow = createLocalWorkflow({
    type: workflowType,
    definition: committedDefinition(workflowType),
    invoke: (event) => invoke(event, Infinity),
    dynamodb: database.client,
    tableName,
    processes,
    records,
    now,
  });

  const client = createClient({ dynamodb: database.client, tableName, defaults, workflow });
  const checked = <T extends Asked>(asked: T): T => ({
    ...asked,
    ...rejectOtherProvider(asked, records, kind),
    list: dropStaleRows(asked.list, records),
  });
  const sweeping =
    kind === 'none'
      ? undefined
      : startSweeping({
          ...recordsDeps,
          records,
          workflow,
          notifier,
          clock: systemClock,
          processId: processes.id,
        });
  return {
    client: checked({ ...client, ...publishHere(client, records, notifier) }),
    requests: checked(createRequests({ ...recordsDeps, workflow })),
    workflow,
    provider,
    told: () => notifier.idle(),
    async close() {
      sweeping?.stop();
      crun.close();
      await simulator?.close();
      await processes.close();
      await database.close();
    },
  };
}

/**
 * The embedded database writes its indexes before its items: a kill in between leaves a row that no record bears out,
 * for ever. At AWS an index only lags.
 */
function dropStaleRows(list: Client['list'], records: Records): Client['list'] {
  return async (options) => {
    const page = await list(options);
    const found = await Promise.all(
      page.detections.map(({ detect_task_id }) => records.read(detect_task_id)),
    );
    const isTrue = ({ updated_at, status }: Listed, index: number): boolean => {
      const current = found[index];
      return (
        current?.kind === 'head' && current.head.updated_at === updated_at && current.head.status === status
      );
    };
    return { ...page, detections: page.detections.filter(isTrue) };
  };
}

/** No sweep comes by every minute: what a caller ends, or wants told again, is told by the process that was asked. */
function publishHere(
  client: Client,
  records: Records,
  notifier: Notifier,
): Pick<Client, 'cancel' | 'redeliver'> {
  return {
    async cancel(detectTaskId) {
      const cancelled = await client.cancel(detectTaskId);
      const current = await records.read(detectTaskId);
      if (current.kind === 'head' && isFinal(current.head.status) && !isPublished(current.head))
        await notifier.publish(current.head);
      return cancelled;
    },
    async redeliver(detectTaskId) {
      const due = await client.redeliver(detectTaskId);
      if (due !== undefined) await notifier.startDelivery(detectTaskId);
      return due;
    },
  };
}

/** What the client and the HTTP API are both asked for. */
interface Asked extends Pick<Client, 'list'> {
  start(input: ExecutionInput): Promise<unknown>;
  retry(detectTaskId: string): Promise<unknown>;
}

/** A real task that the simulator does not know, or the other way round, must not end as not found. */
function rejectOtherProvider(
  asked: Asked,
  records: Records,
  kind: ProviderKind,
): Pick<Asked, 'start' | 'retry'> {
  async function check(detectTaskId: string): Promise<void> {
    const known = await records.read(detectTaskId);
    if (known.kind !== 'head' || ['succeeded', 'failed'].includes(known.head.status)) return;
    const owner = processOf(known.head.execution_arn);
    if (owner === undefined || providerKindOf(owner) === kind) return;
    throw new RejectedRequestError(
      'conflict',
      kind === 'simulator'
        ? `CRUN_API_KEY: must be set, because ${detectTaskId} is polled at the real provider`
        : `CRUN_API_KEY: must be unset, because ${detectTaskId} is polled at the simulator`,
    );
  }
  const start: Asked['start'] = async (input) => {
    if (DetectTaskId.safeParse(input.detect_task_id).success) await check(input.detect_task_id);
    return asked.start(input);
  };
  const retry: Asked['retry'] = async (detectTaskId) => {
    await check(detectTaskId);
    return asked.retry(detectTaskId);
  };
  return { start, retry };
}

/** The workflow as it is deployed; a test holds it equal to the synthesised template's. */
export function committedDefinition(type: WorkflowType = 'STANDARD'): StateMachineDefinition {
  const file = new URL(`../infra/snapshots/${definitionFiles[type]}`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as StateMachineDefinition;
}
