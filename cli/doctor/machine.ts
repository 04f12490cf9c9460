/** What `doctor` checks on one machine. */
import { access, constants } from 'node:fs/promises';

import { makeDataFolder } from '../../local/data-folder.ts';
import { maxTasksInFlight } from '../../local/open-files.ts';
import { type LocalSettings, localSettings } from '../../local/settings.ts';
import { startSimulator } from '../../local/simulator/simulator.ts';
import { openLocalStack } from '../../local/stack.ts';
import { ownWebhookSecrets } from '../../local/webhook-secret.ts';
import { explainError } from '../exit-code.ts';
import { type CheckResult, failed, type Finding, ok, skipped } from './check-result.ts';
import { compareClocks, probeProvider } from './provider.ts';
import { checkLimit } from './rate-limit.ts';

const byEnvironment = 'correct the variable that the sentence names, or unset it';

export async function* examineMachine(
  environment: Record<string, string | undefined>,
  now: () => number = Date.now,
): AsyncGenerator<Finding> {
  const { dataFolder, webhookSecrets } = localSettings(environment, { polls: false });
  const folder = await attempt(async () => {
    await makeDataFolder(dataFolder);
    await access(dataFolder, constants.R_OK | constants.W_OK);
    return `${dataFolder} can be written`;
  }, 'choose another folder by FACE_POLLER_DATA');
  yield { check: 'data folder', ...folder };
  if (folder.result === 'failed') return;
  const database = await attempt(async () => {
    const stack = await openLocalStack({ dataFolder, provider: { kind: 'none' } });
    try {
      await stack.client.list({ limit: 1 });
    } finally {
      await stack.close();
    }
    return 'it opens and answers';
  }, 'end the process that holds it, or choose another folder by FACE_POLLER_DATA');
  yield { check: 'database', ...database };
  yield {
    check: 'open files',
    ...(await attempt(async () => `enough for ${maxTasksInFlight()} tasks at a time`, 'raise the limit')),
  };
  yield {
    check: 'webhook secret',
    ...(await attempt(async () => {
      if (webhookSecrets !== undefined) return 'it is in FACE_POLLER_WEBHOOK_SECRET';
      await ownWebhookSecrets(dataFolder);
      return 'this machine has its own';
    }, 'delete that file')),
  };

  let provider: LocalSettings['provider'];
  try {
    ({ provider } = localSettings(environment, { polls: true }));
  } catch (error) {
    yield { check: 'key', ...failed(sentenceOf(error), byEnvironment) };
    return;
  }
  if (provider.kind === 'crun') {
    yield { check: 'key', ...ok('there is one in CRUN_API_KEY') };
    const { baseUrl, apiKey } = provider;
    const keyFix = 'set CRUN_API_KEY to a valid key';
    yield { check: 'provider', ...(await probeProvider({ baseUrl, apiKey, keyFix })) };
    yield { check: 'clock', ...(await compareClocks(baseUrl, now)) };
    if (database.result === 'failed') {
      yield { check: 'rate limit', ...skipped('the database does not answer') };
      return;
    }
    const stack = await openLocalStack({ dataFolder, provider: { kind: 'none' } });
    yield { check: 'rate limit', ...(await checkLimit(stack.limitOf(baseUrl), now)) };
    await stack.close();
    return;
  }
  yield { check: 'key', ...ok('CRUN_API_KEY is not set, so the simulator is asked') };
  yield { check: 'provider', ...(await probeSimulator()) };
  yield { check: 'clock', ...skipped('the simulator has the time of this machine') };
}

async function probeSimulator(): Promise<CheckResult> {
  try {
    const apiKey = 'doctor';
    await using simulator = await startSimulator({ apiKey });
    const keyFix = 'report this: it is a fault of this project';
    const probed = await probeProvider({ baseUrl: simulator.baseUrl, apiKey, keyFix });
    return probed.result === 'ok' ? ok('the simulator answers') : probed;
  } catch (error) {
    return failed(sentenceOf(error), 'see that this machine may listen on 127.0.0.1');
  }
}

async function attempt(step: () => Promise<string>, otherwise: string): Promise<CheckResult> {
  try {
    return ok(await step());
  } catch (error) {
    const message = sentenceOf(error);
    return failed(message, fixes.find(([cause]) => cause.test(message))?.[1] ?? otherwise);
  }
}

/** By what the system says, which says more than the step that failed. */
const fixes: [cause: RegExp, fix: string][] = [
  [/ENOSPC|No space left/, 'make room on the disk that holds the folder'],
  [/EDQUOT|quota exceeded/i, 'make room within the quota of this user'],
  [/EMFILE|ENFILE|Too many open files/i, 'raise the limit of open files: ulimit -n'],
  [
    /EACCES|EPERM|EROFS|Permission denied|Read-only/i,
    'let this user write there, or choose another folder by FACE_POLLER_DATA',
  ],
  [/EEXIST|ENOTDIR|too long for a socket/, 'choose another folder by FACE_POLLER_DATA'],
];

const sentenceOf = (error: unknown): string => explainError(error).message;
