/** What `doctor` looks at on one machine. */
import { access, constants } from 'node:fs/promises';

import { UserError } from '../../client/user-error.ts';
import { makeDataFolder } from '../../local/data-folder.ts';
import { type LocalSettings, localSettings } from '../../local/settings.ts';
import { openLocalStack } from '../../local/stack.ts';
import { explainError } from '../exit-code.ts';
import { type CheckResult, failed, type Finding, ok, skipped } from './check-result.ts';
import { compareClocks, probeProvider } from './provider.ts';

const byEnvironment = 'correct the variable that the sentence names, or unset it';

export async function* examineMachine(
  environment: Record<string, string | undefined>,
  now: () => number = Date.now,
): AsyncGenerator<Finding> {
  const { dataFolder } = localSettings(environment, { polls: false });
  const folder = await attempt(async () => {
    await makeDataFolder(dataFolder);
    await access(dataFolder, constants.R_OK | constants.W_OK);
    return `${dataFolder} can be written`;
  }, 'choose another folder by FACE_POLLER_DATA');
  yield { check: 'data folder', ...folder };
  if (folder.result === 'failed') return;
  yield {
    check: 'database',
    ...(await attempt(async () => {
      const stack = await openLocalStack({ dataFolder, provider: { kind: 'none' } });
      try {
        await stack.client.list({ limit: 1 });
      } finally {
        await stack.close();
      }
      return 'it opens and answers';
    }, 'end the process that holds it, or choose another folder by FACE_POLLER_DATA')),
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
    return;
  }
  yield { check: 'key', ...ok('CRUN_API_KEY is not set, so the simulator is asked') };
  yield { check: 'provider', ...(await probeSimulator(dataFolder)) };
  yield { check: 'clock', ...skipped('the simulator has the time of this machine') };
}

async function probeSimulator(dataFolder: string): Promise<CheckResult> {
  try {
    const stack = await openLocalStack({ dataFolder, provider: { kind: 'simulator' } });
    try {
      const { baseUrl, apiKey } = stack.provider;
      const probed = await probeProvider({ baseUrl, apiKey, keyFix: 'report this: it is a fault of ours' });
      return probed.result === 'ok' ? ok('the simulator answers') : probed;
    } finally {
      await stack.close();
    }
  } catch (error) {
    return failed(sentenceOf(error), 'see that this machine may listen on 127.0.0.1');
  }
}

async function attempt(step: () => Promise<string>, fix: string): Promise<CheckResult> {
  try {
    return ok(await step());
  } catch (error) {
    return failed(sentenceOf(error), error instanceof UserError ? byEnvironment : fix);
  }
}

const sentenceOf = (error: unknown): string => explainError(error).message;
