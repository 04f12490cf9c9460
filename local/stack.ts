/** Everything that AWS would run, on this machine: the same functions and definition, over an embedded database. */
import { randomBytes } from 'node:crypto';

import { type Client, createClient } from '../client/client.ts';
import { fixedKey } from '../functions/api-key/reader.ts';
import type { ApiBackend } from '../functions/api/handlers.ts';
import { createFetchLink } from '../functions/archive/fetch-link.ts';
import { folderStore } from '../functions/archive/folder-store.ts';
import { createImages } from '../functions/archive/images.ts';
import { deletePicturesIn } from '../functions/archive/store.ts';
import { systemClock } from '../functions/clock.ts';
import { createService } from '../functions/control/service.ts';
import { createCrunClient } from '../functions/crun/client.ts';
import { isLoopbackHttp } from '../functions/detection/callback-rule.ts';
import { createSender } from '../functions/notify/webhook/send.ts';
import { assemblePoll } from '../functions/poll/assemble.ts';
import { polledMessage, type PollLine } from '../functions/poll/report.ts';
import { type Limit, limitOf } from '../functions/rate-limit/inspect.ts';
import { createRecords } from '../functions/records/records.ts';
import { assembleDetect } from '../functions/submit/assemble.ts';
import { createPrepareUpload } from '../functions/submit/submitter.ts';
import type { Telemetry } from '../functions/telemetry/telemetry.ts';
import { openDatabase } from './database.ts';
import { committedDefinition } from './definition.ts';
import { createNotifier } from './notifier.ts';
import { joinProcesses, providerOf } from './processes.ts';
import { dropStaleRows, publishHere, rejectOtherProvider, rejectUnknownTasks } from './service.ts';
import type { LocalSettings } from './settings.ts';
import { startSimulator } from './simulator/simulator.ts';
import { startSweeping } from './sweeping.ts';
import { tableName } from './table.ts';
import { ownWebhookSecrets } from './webhook-secret.ts';
import { createLocalWorkflow, type LocalWorkflow } from './workflow.ts';

export interface LocalStack {
  client: Client;
  /** The same, for the HTTP API. */
  api: ApiBackend;
  workflow: LocalWorkflow;
  /** The rate limit of a provider's key. */
  limitOf: (baseUrl: string) => Limit;
  /** Where a task is submitted and polled. */
  provider: { baseUrl: string; apiKey: string };
  /** Takes a line at each poll of this process: ids, kinds and counts. */
  followPolls(follower: (line: PollLine) => void): void;
  /** Resolves when this process delivers no webhook any more. */
  delivered(): Promise<void>;
  /** What was lost to a damaged database, in one sentence. */
  loss: string | undefined;
  /** Rejects when the data folder is gone: nothing that is written is kept any more. */
  broken: Promise<never>;
  close(): Promise<void>;
}

const standardDefaults = { deadlineSeconds: 3_600, retentionSeconds: 30 * 86_400, shards: 1 };
/** Known to this process only, so that no other program submits to its simulator. */
const simulatorKey = randomBytes(24).toString('base64url');

export async function openLocalStack(settings: LocalSettings): Promise<LocalStack> {
  const { kind } = settings.provider;
  const database = await openDatabase(settings.dataFolder);
  const processes = await joinProcesses(
    settings.dataFolder,
    kind,
    settings.provider.kind === 'crun' ? settings.provider.baseUrl : undefined,
  );
  const provider = await openProvider(settings.provider);
  const crun = createCrunClient({ baseUrl: provider.baseUrl });

  const { now } = systemClock;
  const dynamodb = database.client;
  const { archives = false, callbacks } = settings;
  const defaults = { ...standardDefaults, archives, ...(callbacks && { callbacks }) };
  const store = folderStore(settings.dataFolder);
  const deletePictures = deletePicturesIn(store);
  const records = createRecords({ client: dynamodb, tableName, defaults, now, deletePictures });
  const followers = new Set<(line: PollLine) => void>();
  const telemetry = telemetryOf(followers);
  const clients = { records, dynamodb, clock: systemClock, random: Math.random, telemetry };
  const notifier = createNotifier({
    ...clients,
    secrets: async () => settings.webhookSecrets ?? ownWebhookSecrets(settings.dataFolder),
    send: createSender({ rule: callbacks ?? {} }),
    archive: archives
      ? { store, fetchLink: createFetchLink({ simulatorOrigin: loopbackOrigin(provider.baseUrl) }) }
      : undefined,
  });
  const { put } = notifier;
  const { workflowType: type = 'STANDARD', rateLimit = 0 } = settings;
  const limitFor = (baseUrl: string): Limit =>
    limitOf({ client: dynamodb, tableName, perSecond: rateLimit }, baseUrl, now);
  const invoke = assemblePoll(
    {
      TABLE_NAME: tableName,
      CRUN_BASE_URL: provider.baseUrl,
      RATE_LIMIT: rateLimit,
      WORKFLOW_TYPE: type,
    },
    {
      ...clients,
      put,
      crun,
      apiKey: fixedKey(provider.apiKey),
      isLost: (executionArn) => workflow.isLost(executionArn),
    },
  );
  const workflow: LocalWorkflow = createLocalWorkflow({
    type,
    definition: committedDefinition(type),
    dynamodb,
    tableName,
    processes,
    records,
    now,
    invoke: (event) => invoke(event, Infinity),
  });
  const submitting = { crun, apiKey: fixedKey(provider.apiKey) };
  const own = rejectOtherProvider(createService({ records, workflow, now }), records, processes.id);
  const service = publishHere(rejectUnknownTasks(own, records, provider.knows), { records, put });
  const { experimentalVideo = false } = settings;
  const submitter = {
    detect: assembleDetect(
      {
        tableName,
        baseUrl: provider.baseUrl,
        provider: providerOf(processes.id),
        rateLimit,
        experimentalVideo,
      },
      { ...clients, ...submitting, service },
    ),
    prepareUpload: createPrepareUpload(submitting),
  };
  const listed = { ...records, list: dropStaleRows(records) };
  const sweeping =
    kind === 'none'
      ? undefined
      : startSweeping({ ...clients, put, tableName, workflow, processId: processes.id, deletePictures });
  const images = createImages({ records, store });
  return {
    client: createClient({ records: listed, service, submitter, workflow, images }),
    api: { records: listed, service, submitter, images, limit: limitFor(provider.baseUrl) },
    workflow,
    limitOf: limitFor,
    provider,
    followPolls: (follower) => void followers.add(follower),
    loss: database.loss(),
    broken: database.broken,
    delivered: () => notifier.idle(),
    async close() {
      // A call of its own to a database that closes would keep that open until the last moment.
      await sweeping?.stop();
      crun.close();
      await provider.close();
      await processes.close();
      await database.close();
    },
  };
}

/** A provider on this machine may link to itself. */
const loopbackOrigin = (baseUrl: string): string | undefined =>
  isLoopbackHttp(new URL(baseUrl)) ? new URL(baseUrl).origin : undefined;

/** The terminal shows what happens to each record, and each poll on request. */
const telemetryOf = (followers: ReadonlySet<(line: PollLine) => void>): Telemetry => ({
  measure: () => {},
  log(_level, message, fields) {
    if (message === polledMessage) for (const follow of followers) follow(fields as PollLine);
  },
});

interface OpenProvider {
  baseUrl: string;
  apiKey: string;
  /** Whether an id can be one of its tasks: a simulator knows that without a call. */
  knows: (detectTaskId: string) => boolean;
  close: () => Promise<void>;
}

async function openProvider(provider: LocalSettings['provider']): Promise<OpenProvider> {
  const unasked = { knows: () => true, close: async () => {} };
  if (provider.kind === 'crun') return { baseUrl: provider.baseUrl, apiKey: provider.apiKey, ...unasked };
  // Commands that only read records poll nothing: no server listens on port 9.
  if (provider.kind === 'none') return { baseUrl: 'http://127.0.0.1:9', apiKey: simulatorKey, ...unasked };
  const simulator = await startSimulator({ apiKey: simulatorKey, isRecording: false });
  const { baseUrl, knows } = simulator;
  return { baseUrl, apiKey: simulatorKey, knows, close: () => simulator.close() };
}
