/** Everything that AWS would run, on this machine: the same invocation, the same definition, an embedded database. */
import { readFileSync } from 'node:fs';

import type { StateMachineDefinition } from 'aws-local-stepfunctions';

import { type Client, createClient } from '../client/client.ts';
import { fixedKey } from '../functions/api-key/reader.ts';
import type { ApiBackend } from '../functions/api/api.ts';
import { systemClock } from '../functions/clock.ts';
import { RejectedRequestError } from '../functions/control/rejected-request.ts';
import { createService, type Service } from '../functions/control/service.ts';
import { definitionFiles } from '../functions/control/workflow.ts';
import { createCrunClient } from '../functions/crun/client.ts';
import type { DetectTaskId } from '../functions/detection/input.ts';
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
  /** The same, for the HTTP API. */
  api: ApiBackend;
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

  const service = publishHere(
    rejectOtherProvider(createService({ records, workflow, now }), records, kind),
    notifier,
  );
  const listed = { ...records, list: dropStaleRows(records) };
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
    client: createClient({ records: listed, service, workflow }),
    api: { records: listed, service },
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
 * The embedded database writes its indexes before its items: a kill in between leaves, for ever, an index row that its
 * record contradicts. At AWS an index only lags.
 */
function dropStaleRows(records: Records): Records['list'] {
  return async (options) => {
    const page = await records.list(options);
    const found = await Promise.all(page.detections.map((row) => records.read(row.detect_task_id)));
    const isTrue = ({ updated_at, status }: Listed, index: number): boolean => {
      const current = found[index];
      return (
        current?.kind === 'head' && current.head.updated_at === updated_at && current.head.status === status
      );
    };
    return { ...page, detections: page.detections.filter(isTrue) };
  };
}

/** No sweep comes every minute: the process that cancels a task or redelivers its webhook publishes that itself. */
function publishHere(service: Service, notifier: Notifier): Service {
  return {
    ...service,
    async cancel(detectTaskId) {
      const head = await service.cancel(detectTaskId);
      if (head !== undefined && isFinal(head.status) && !isPublished(head)) await notifier.publish(head);
      return head;
    },
    async redeliver(detectTaskId) {
      const due = await service.redeliver(detectTaskId);
      if (due !== undefined) await notifier.startDelivery(detectTaskId);
      return due;
    },
  };
}

/** The simulator does not know a real task, nor the provider a simulated one: neither must end as not found. */
function rejectOtherProvider(service: Service, records: Records, kind: ProviderKind): Service {
  async function check(detectTaskId: DetectTaskId): Promise<void> {
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
  return {
    ...service,
    start: async (input) => check(input.detect_task_id).then(() => service.start(input)),
    retry: async (detectTaskId) => check(detectTaskId).then(() => service.retry(detectTaskId)),
  };
}

/** The workflow as it is deployed; a test holds it equal to the synthesised template's. */
export function committedDefinition(type: WorkflowType = 'STANDARD'): StateMachineDefinition {
  const file = new URL(`../infra/snapshots/${definitionFiles[type]}`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as StateMachineDefinition;
}
