/** The environment of one machine, read once. */
import path from 'node:path';

import { UserError } from '../client/user-error.ts';
import { usableKey } from '../functions/api-key/reader.ts';
import { crunBaseUrl, isBaseUrl, isCrun } from '../functions/crun/endpoints.ts';
import { type CallbackRule } from '../functions/detection/callback-rule.ts';
import { type WorkflowType, workflowTypes } from '../functions/detection/types.ts';
import { InvalidSecretsError, parseSecrets } from '../functions/notify/webhook/sign.ts';
import { RateLimit, rateLimitOf } from '../functions/rate-limit/limit.ts';

export interface LocalSettings {
  dataFolder: string;
  /** `none` for what only reads records. */
  provider: { kind: 'none' } | { kind: 'simulator' } | { kind: 'crun'; baseUrl: string; apiKey: string };
  /** Calls a second to the provider, of all processes together; absent or 0: no limit. */
  rateLimit?: number;
  /** Absent: this machine's own, in the data folder. */
  workflowType?: WorkflowType;
  webhookSecrets?: readonly string[];
  callbacks?: CallbackRule;
  /** Whether pictures of faces are kept in the data folder. */
  archives?: boolean;
  /** Submits video and GIF too, by a call that is documented nowhere. */
  experimentalVideo?: boolean;
}

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

type Environment = Record<string, string | undefined>;

export function localSettings(environment: Environment, options: { polls: boolean }): LocalSettings {
  const dataFolder = absolute(environment['FACE_POLLER_DATA'] || '.face-poller');
  const provider: LocalSettings['provider'] = options.polls ? providerOf(environment) : { kind: 'none' };
  const isRealProvider = provider.kind === 'crun' && isCrun(provider.baseUrl);
  return {
    dataFolder,
    provider,
    rateLimit: rateLimitOf(givenRateLimit(environment), isRealProvider),
    workflowType: workflowTypeOf(environment),
    archives: flag(environment, 'FACE_POLLER_ARCHIVE'),
    experimentalVideo: flag(environment, 'CRUN_EXPERIMENTAL_VIDEO'),
    ...webhooksOf(environment),
  };
}

/** The working directory may have been deleted; only a relative path needs it. */
function absolute(folder: string): string {
  try {
    return path.resolve(folder);
  } catch {
    throw new UserError(
      'infrastructure',
      'FACE_POLLER_DATA: the working directory no longer exists; change to another one, or name an absolute path',
    );
  }
}

function givenRateLimit(environment: Environment): number | undefined {
  const given = environment['CRUN_RATE_LIMIT'] || undefined;
  if (given === undefined) return undefined;
  const parsed = RateLimit.safeParse(/^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN);
  if (parsed.success) return parsed.data;
  throw new UserError('invalid-input', `CRUN_RATE_LIMIT: ${parsed.error.issues[0]?.message}`);
}

function workflowTypeOf(environment: Environment): WorkflowType {
  const given = environment['FACE_POLLER_WORKFLOW_TYPE'] || 'STANDARD';
  const type = workflowTypes.find((known) => known === given);
  if (type !== undefined) return type;
  throw new UserError('invalid-input', `FACE_POLLER_WORKFLOW_TYPE: must be ${workflowTypes.join(' or ')}`);
}

function flag(environment: Environment, name: string): boolean {
  const given = environment[name] || '0';
  if (!['0', '1'].includes(given)) throw new UserError('invalid-input', `${name}: must be 1 or 0`);
  return given === '1';
}

function webhooksOf(environment: Environment): Pick<LocalSettings, 'webhookSecrets' | 'callbacks'> {
  const secrets = environment['FACE_POLLER_WEBHOOK_SECRET'] || undefined;
  const callbacks = {
    allowLoopback: flag(environment, 'FACE_POLLER_LOOPBACK_CALLBACKS'),
    loopbackAdvice: 'FACE_POLLER_LOOPBACK_CALLBACKS=1 allows http on this machine',
  };
  if (secrets === undefined) return { callbacks };
  try {
    return { callbacks, webhookSecrets: parseSecrets(secrets) };
  } catch (error) {
    if (!(error instanceof InvalidSecretsError)) throw error;
    throw new UserError('invalid-input', `FACE_POLLER_WEBHOOK_SECRET: ${error.message}`);
  }
}

function providerOf(environment: Environment): LocalSettings['provider'] {
  const given = environment['CRUN_API_KEY'] || undefined;
  const baseUrl = environment['CRUN_BASE_URL'] || undefined;
  const apiKey = usableKey(given);
  if (given !== undefined && apiKey === undefined) {
    throw new UserError('invalid-input', 'CRUN_API_KEY: must be printable ASCII without spaces');
  }
  if (baseUrl !== undefined && !isBaseUrl(baseUrl)) {
    throw new UserError(
      'invalid-input',
      'CRUN_BASE_URL: must be an https URL, or an http one on 127.0.0.1, [::1] or localhost',
    );
  }
  if (apiKey === undefined) {
    if (baseUrl === undefined) return { kind: 'simulator' };
    throw new UserError('invalid-input', 'CRUN_API_KEY: must be set when CRUN_BASE_URL names a provider');
  }
  rejectProxy(environment, new URL(baseUrl ?? crunBaseUrl).hostname);
  return { kind: 'crun', baseUrl: baseUrl ?? crunBaseUrl, apiKey };
}

/** Calls to the provider go past any proxy: where one is demanded, they must not fail without a reason. */
function rejectProxy(environment: Environment, host: string): void {
  const name = ['HTTPS_PROXY', 'https_proxy'].find((each) => environment[each]);
  if (name === undefined || loopback.has(host)) return;
  const exempt = (environment['NO_PROXY'] || environment['no_proxy'] || '').split(/[\s,]+/);
  // A name is the same with a dot at its end; an entry may name a port.
  const plainHost = host.replace(/\.$/, '');
  const isExempt = (entry: string): boolean => {
    const domain = entry
      .replace(/^\*?\./, '')
      .replace(/\.?(:\d+)?$/, '')
      .toLowerCase();
    return entry === '*' || (domain !== '' && `.${plainHost}`.endsWith(`.${domain}`));
  };
  if (exempt.some(isExempt)) return;
  throw new UserError(
    'invalid-input',
    `${name}: calls to the provider use no proxy; unset it, or name ${host} in NO_PROXY where it can be reached directly`,
  );
}
