/** The deployed functions, each in sandboxes of its own: what their handlers put together, with another outside. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { cachedKey } from '../../functions/api-key/reader.ts';
import { assembleArchive } from '../../functions/archive/assemble.ts';
import type { FetchLink } from '../../functions/archive/fetch-link.ts';
import { deletePicturesIn, type PictureStore } from '../../functions/archive/store.ts';
import { createService } from '../../functions/control/service.ts';
import type { Workflow } from '../../functions/control/workflow.ts';
import type { CrunClient } from '../../functions/crun/client.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import type { PutEvent } from '../../functions/notify/publish.ts';
import { assembleDeliver } from '../../functions/notify/webhook/assemble.ts';
import { storedSecrets } from '../../functions/notify/webhook/secrets.ts';
import type { Send } from '../../functions/notify/webhook/send.ts';
import type { AskDeps } from '../../functions/poll/ask.ts';
import { assemblePoll } from '../../functions/poll/assemble.ts';
import { policyOf } from '../../functions/poll/policy.ts';
import { createRecords, type Records } from '../../functions/records/records.ts';
import { assembleDetect } from '../../functions/submit/assemble.ts';
import { answerSubmit } from '../../functions/submit/request.ts';
import { createPrepareUpload } from '../../functions/submit/submitter.ts';
import { assembleSweep } from '../../functions/sweep/assemble.ts';
import { tableName } from '../../local/table.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Sandbox } from './actors.ts';
import type { Shown } from './history.ts';
import { realParts, type Parts } from './parts.ts';

export interface Outside {
  clock: VirtualClock;
  dynamodb: DynamoDBClient;
  workflow: Workflow;
  put: PutEvent;
  crun: AskDeps['crun'] & Pick<CrunClient, 'call'>;
  send: Send;
  fetchLink: FetchLink;
  store: PictureStore;
  archives: boolean;
  apiKey: () => Promise<string>;
  webhookSecret: () => Promise<string>;
  type: WorkflowType;
  /** Calls a second; 0 is no limit. */
  rate: number;
  random: (task: string) => number;
  shown: Shown;
  unreachable: () => void;
  /** Parts of the product that a planted bug stands in for. */
  parts?: Parts | undefined;
}

const baseUrl = 'https://api.crun.ai';
export const defaults = { deadlineSeconds: 3_600, retentionSeconds: 30 * 86_400, shards: 1 };

/** Functions that poll or submit know nothing of the store. */
export function recordsOf(
  { dynamodb: client, archives, store }: Outside,
  now: () => number,
  { deletesPictures }: { deletesPictures: boolean },
): Records {
  const deletePictures = archives && deletesPictures ? deletePicturesIn(store) : undefined;
  return createRecords({ client, tableName, defaults: { ...defaults, archives }, now, deletePictures });
}

/** Everything that one sandbox holds; its clock is its own. */
export function createSandbox(outside: Outside, sandbox: Sandbox) {
  const { clock, shown, workflow } = outside;
  const parts = outside.parts ?? realParts;
  const now = (): number => clock.now() + sandbox.aheadMs;
  const [records, caringRecords] = [false, true].map((deletesPictures) =>
    parts.records(recordsOf(outside, now, { deletesPictures })),
  ) as [Records, Records];
  const put = parts.put(outside.put);
  const log = parts.log((line) => shown('log', line));
  const measure = parts.measure((...measurement) => {
    if (measurement[0] === 'rateUnreachable') outside.unreachable();
    shown('metric', measurement);
  });
  const clients = {
    records,
    dynamodb: outside.dynamodb,
    clock: { now, sleep: clock.sleep },
    random: () => outside.random(''),
    telemetry: {
      log: (_level: string, _message: string, fields: object) => log(fields),
      measure,
    },
  };
  const poll = assemblePoll(
    {
      TABLE_NAME: tableName,
      CRUN_BASE_URL: baseUrl,
      RATE_LIMIT: outside.rate,
      WORKFLOW_TYPE: outside.type,
    },
    { ...clients, put, crun: parts.crun(outside.crun), apiKey: cachedKey(outside.apiKey, now) },
    parts.policy(policyOf(outside.type)),
  );
  const client = {
    send: async () => ({ SecretString: await outside.webhookSecret() }),
  } as unknown as SecretsManagerClient;
  const deliver = assembleDeliver({
    ...clients,
    secrets: storedSecrets({ client, secretArn: 'webhook', now }),
    send: parts.send(outside.send),
  });
  const caring = { ...clients, records: caringRecords };
  const sweep = assembleSweep({ ...caring, put, workflow });
  const { fetchLink, store } = outside;
  const archive = assembleArchive({ ...caring, put, fetchLink, store });

  const provider = { crun: parts.submit(outside.crun), apiKey: cachedKey(outside.apiKey, now) };
  const detect = assembleDetect(
    { tableName, baseUrl, provider: baseUrl, rateLimit: outside.rate, experimentalVideo: false },
    { ...clients, ...provider, service: createService({ records, workflow, now }) },
  );
  const submitter = {
    detect,
    prepareUpload: createPrepareUpload({ ...provider, crun: { ...provider.crun, isLoopback: false } }),
  };
  const submit = (event: unknown) => answerSubmit(submitter, event);

  return { now, poll: parts.poll(poll), deliver, sweep, submit, archive };
}
