/**
 * One run of the command on an environment, streams and a signal. Without arguments it is the tour.
 * What only some verbs need loads when they need it: half of what a short command takes is loading.
 */
import type { Connection, StackOptions } from '../client/stack-outputs.ts';
import { UserError } from '../client/user-error.ts';
import { concealing } from './concealed.ts';
import type { Finding } from './doctor/check-result.ts';
import { explainError } from './exit-code.ts';
import { runCli } from './program.ts';
import type { Backend, BackendOptions, CliDeps } from './session.ts';

export interface Surroundings extends Pick<
  CliDeps,
  'stdin' | 'stdout' | 'stderr' | 'signal' | 'movesCursor'
> {
  environment: Record<string, string | undefined>;
  /** Called when the data folder is gone: nothing that is written is kept any more. */
  onBroken: (error: unknown) => void;
}

/** Work under way gets this long to end after the last output. */
const shutdownGraceMs = 3_000;

export async function runCommand(args: readonly string[], given: Surroundings): Promise<number> {
  const { environment, signal } = given;
  const stderr = concealing(given.stderr, environment);
  const surroundings = { ...given, stderr };
  if (args.length > 0) {
    return runCli(args, {
      ...surroundings,
      open: (options) => open(options, surroundings),
      async openKeyStore(connection) {
        const rule = 'on one machine the key is in CRUN_API_KEY, and nothing is stored';
        const { name, options } = stackIn(environment, connection, rule);
        const store = await import('./key-store.ts');
        return store.openKeyStore(name, options);
      },
      async openTokenStore(connection) {
        const rule = 'on one machine serve prints its token';
        const { name, options } = stackIn(environment, connection, rule);
        const store = await import('./token-store.ts');
        return store.openTokenStore(name, options);
      },
      examine: (connection) => examine(connection, environment),
      async webhookSecrets() {
        const { localSettings } = await import('../local/settings.ts');
        const { webhookSecrets, dataFolder } = localSettings(environment, { polls: false });
        if (webhookSecrets !== undefined) return webhookSecrets;
        const { ownWebhookSecrets } = await import('../local/webhook-secret.ts');
        return ownWebhookSecrets(dataFolder);
      },
    });
  }
  try {
    const { runTour } = await import('./tour.ts');
    return await runTour(surroundings);
  } catch (error) {
    const { message, code } = explainError(error, signal);
    stderr.write(`${message}\n`);
    return code;
  }
}

/** The deployed stack, and which of several pollers in it. */
function deployed(environment: Surroundings['environment'], connection: Connection) {
  const name = environment['FACE_POLLER_STACK'] || undefined;
  const prefix = environment['FACE_POLLER_PREFIX'] || undefined;
  const options: StackOptions = { ...connection, ...(prefix !== undefined && { prefix }) };
  return name === undefined ? undefined : { name, options };
}

function stackIn(environment: Surroundings['environment'], connection: Connection, rule: string) {
  const stack = deployed(environment, connection);
  if (stack !== undefined) return stack;
  throw new UserError('invalid-input', `FACE_POLLER_STACK: must name the deployed stack; ${rule}`);
}

async function open({ polls, ...connection }: BackendOptions, surroundings: Surroundings): Promise<Backend> {
  const { environment } = surroundings;
  const stack = deployed(environment, connection);
  if (stack === undefined) return openMachine(polls, surroundings);
  const { openDeployedStack } = await import('../client/deployed-stack.ts');
  return {
    ...(await openDeployedStack(stack.name, stack.options)),
    pollsHere: false,
    maxInFlight: 1_000,
    place: stack.name,
    listPaceMs: 4_000,
  };
}

async function openMachine(polls: boolean, surroundings: Surroundings): Promise<Backend> {
  const { environment, signal, onBroken } = surroundings;
  // The settings first: a wrong one must not wait for what it would not use.
  const { localSettings } = await import('../local/settings.ts');
  const settings = localSettings(environment, { polls });
  const { maxTasksInFlight } = await import('../local/open-files.ts');
  const maxInFlight = polls ? maxTasksInFlight() : 100;
  const { openLocalStack } = await import('../local/stack.ts');
  const { crunBaseUrl } = await import('../functions/crun/endpoints.ts');
  const stack = await openLocalStack(settings);
  stack.broken.catch(onBroken);
  const isSimulated = settings.provider.kind === 'simulator';
  return {
    ...stack,
    limit: stack.limitOf(environment['CRUN_BASE_URL'] || crunBaseUrl),
    pollsHere: true,
    maxInFlight,
    place: 'this machine',
    listPaceMs: 800,
    ...(isSimulated && {
      simulatorUrl: stack.provider.baseUrl,
      notice:
        'CRUN_API_KEY is not set: asking the simulator, which knows sample-image, sample-group, sample-gif, sample-video, sample-failing and sample-throttled.',
    }),
    async close() {
      // What is not delivered now waits for the next process that polls. An interruption does not wait.
      if (!signal.aborted) await Promise.race([stack.delivered(), aborted(signal)]);
      await Promise.race([stack.close(), new Promise((resolve) => setTimeout(resolve, shutdownGraceMs))]);
    },
  };
}

async function* examine(
  connection: Connection,
  environment: Surroundings['environment'],
): AsyncGenerator<Finding> {
  const stack = deployed(environment, connection);
  if (stack !== undefined) {
    const { examineStack } = await import('./doctor/stack.ts');
    yield* examineStack(stack.name, stack.options);
  } else {
    const { examineMachine } = await import('./doctor/machine.ts');
    yield* examineMachine(environment);
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
