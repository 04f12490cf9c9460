/** What the command runs on: environment, signals and streams. Without arguments it is the tour. */
import type { Connection, StackOptions } from '../client/stack-outputs.ts';
import { UserError } from '../client/user-error.ts';
import { crunBaseUrl } from '../functions/crun/endpoints.ts';
import { maxTasksInFlight } from '../local/open-files.ts';
import { localSettings } from '../local/settings.ts';
import { openLocalStack } from '../local/stack.ts';
import { ownWebhookSecrets } from '../local/webhook-secret.ts';
import type { Finding } from './doctor/check-result.ts';
import { examineMachine } from './doctor/machine.ts';
import { exitCode, explainError } from './exit-code.ts';
import type { KeyStore } from './key-store.ts';
import { runCli } from './program.ts';
import type { Backend, BackendOptions } from './session.ts';
import type { TokenStore } from './token-store.ts';
import { runTour } from './tour.ts';

/** Work under way gets this long to end after the last output. */
const shutdownGraceMs = 3_000;

/** Which of several pollers in the stack. */
const prefix = process.env['FACE_POLLER_PREFIX'] || undefined;
const stackOptions = (connection: Connection): StackOptions => ({
  ...connection,
  ...(prefix !== undefined && { prefix }),
});

async function open({ polls, ...options }: BackendOptions): Promise<Backend> {
  const stackName = process.env['FACE_POLLER_STACK'];
  if (stackName) {
    // Three AWS clients that one machine does without: some 20 MB of memory.
    const { openDeployedStack } = await import('../client/deployed-stack.ts');
    return {
      ...(await openDeployedStack(stackName, stackOptions(options))),
      pollsHere: false,
      maxInFlight: 1_000,
      place: stackName,
      listPaceMs: 4_000,
    };
  }
  const settings = localSettings(process.env, { polls });
  const maxInFlight = polls ? maxTasksInFlight() : 100;
  const stack = await openLocalStack(settings);
  stack.broken.catch(die);
  const isSimulated = settings.provider.kind === 'simulator';
  return {
    ...stack,
    limit: stack.limitOf(process.env['CRUN_BASE_URL'] || crunBaseUrl),
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
      if (!controller.signal.aborted) await Promise.race([stack.delivered(), aborted(controller.signal)]);
      await Promise.race([stack.close(), new Promise((resolve) => setTimeout(resolve, shutdownGraceMs))]);
    },
  };
}

async function openKeyStore(connection: Connection): Promise<KeyStore> {
  const stackName = process.env['FACE_POLLER_STACK'];
  if (stackName) {
    const store = await import('./key-store.ts');
    return store.openKeyStore(stackName, stackOptions(connection));
  }
  throw new UserError(
    'invalid-input',
    'FACE_POLLER_STACK: must name the deployed stack; on one machine the key is in CRUN_API_KEY, and nothing is stored',
  );
}

async function openTokenStore(connection: Connection): Promise<TokenStore> {
  const stackName = process.env['FACE_POLLER_STACK'];
  if (stackName) {
    const store = await import('./token-store.ts');
    return store.openTokenStore(stackName, stackOptions(connection));
  }
  throw new UserError(
    'invalid-input',
    'FACE_POLLER_STACK: must name the deployed stack; on one machine serve prints its token',
  );
}

async function* examine(connection: Connection): AsyncGenerator<Finding> {
  const stackName = process.env['FACE_POLLER_STACK'];
  if (stackName) {
    const checks = await import('./doctor/stack.ts');
    yield* checks.examineStack(stackName, stackOptions(connection));
  } else yield* examineMachine(process.env);
}
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (controller.signal.aborted) process.exit(exitCode.interrupted);
    controller.abort();
  });
}

/** A fault that no caller can catch, such as the embedded database's when the disk is full. */
function die(error: unknown): never {
  process.stderr.write(`${explainError(error, controller.signal).message}\n`);
  process.exit(exitCode.infrastructure);
}
process.on('uncaughtException', die);
process.on('unhandledRejection', die);
// A reader of our output may leave first (`| head`): the polling goes on. Any other failed write is a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') die(error);
});
process.stderr.on('error', () => {});

async function main(args: readonly string[]): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const { signal } = controller;
  const movesCursor = stderr.isTTY && process.env['TERM'] !== 'dumb';
  if (args.length > 0) {
    return runCli(args, {
      open,
      openKeyStore,
      openTokenStore,
      examine,
      stdin,
      stdout,
      stderr,
      signal,
      movesCursor,
      async webhookSecrets() {
        const { webhookSecrets, dataFolder } = localSettings(process.env, { polls: false });
        return webhookSecrets ?? ownWebhookSecrets(dataFolder);
      },
    });
  }
  try {
    return await runTour({ environment: process.env, stdout, stderr, signal, movesCursor });
  } catch (error) {
    const { message, code } = explainError(error, signal);
    stderr.write(`${message}\n`);
    return code;
  }
}

const code = await main(process.argv.slice(2));
// A pipe takes what it can hold at once; leaving now would cut off the rest.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
);
process.exit(code);
