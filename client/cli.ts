/** The command line: verbs, options and exit codes. What it talks to, a deployed stack or this machine, is handed in. */
import { setMaxListeners } from 'node:events';

import { Command, CommanderError } from 'commander';

import { ExecutionInput, firstFault, isFinal } from '../functions/detection.ts';
import { RefusedRequestError } from '../functions/start/start.ts';
import { bringEach, type Step } from './bring.ts';
import type { Client } from './client.ts';
import { exitCode, gravest } from './exit-code.ts';
import { inSentence } from './failure.ts';
import { parseDeadline, parseLimit, parseMetadata, parseStatus, readIds } from './input.ts';
import { createOutput, type Output } from './output.ts';

export interface Backend {
  client: Client;
  /** The process that starts a task polls it, so it stays until the task is final. */
  pollsHere: boolean;
  /** For people, before anything else: what they should know of where this runs. */
  notice?: string;
  close(): Promise<void>;
}

export interface BackendOptions {
  /** False for what only reads records. */
  polls: boolean;
  region?: string;
  profile?: string;
}

export interface CliDeps {
  open(options: BackendOptions): Promise<Backend>;
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

interface StartOptions {
  mediaUrl?: string;
  callbackUrl?: string;
  submittedAt?: string;
  deadline?: number;
  metadata?: Record<string, unknown>;
  wait?: boolean;
}

export async function runCli(args: readonly string[], deps: CliDeps): Promise<number> {
  const { stdin, stdout, stderr, signal } = deps;
  setMaxListeners(0, signal);
  let code: number = exitCode.done;
  const program = new Command('face-poller');
  const shared = (): { json?: true; region?: string; profile?: string } => program.opts();
  const format = (): 'json' | 'text' => (shared().json ? 'json' : 'text');

  /** One opened backend for one verb; closed whatever happens. */
  async function using(
    options: { polls: boolean },
    verb: (backend: Backend, output: Output) => Promise<number>,
  ): Promise<void> {
    const { region, profile } = shared();
    const backend = await deps.open({ ...options, ...(region && { region }), ...(profile && { profile }) });
    try {
      if (options.polls && backend.notice !== undefined && format() === 'text') {
        stderr.write(`${backend.notice}\n`);
      }
      code = await verb(backend, createOutput(stdout, format()));
    } finally {
      await backend.close();
    }
  }

  /** Brings every task as far as `step` does, and prints each record once. */
  const bring = (ids: readonly string[], output: Output, step: Step): Promise<number[]> =>
    bringEach(ids, step, { output, stderr, signal, format: format() });

  program
    .description('Polls crun.ai face detections and keeps one final record of the faces in DynamoDB.')
    .option('--json', 'one JSON document a line for each record, nothing else on standard output')
    .option('--region <region>', 'AWS region of the deployed stack')
    .option('--profile <profile>', 'AWS profile of the deployed stack')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
    .showSuggestionAfterError(false)
    .exitOverride();

  program
    .command('start <detect_task_id...>')
    .description('start polling tasks ("-": ids from standard input, one a line), or find them started')
    .option('--media-url <url>', 'the media that was submitted; a later face swap needs the same')
    .option('--callback-url <url>', 'kept with the record; nobody is called yet')
    .option('--submitted-at <instant>', 'when the task was submitted, ISO 8601')
    .option('--deadline <duration>', 'give up after 5s to 24h', parseDeadline)
    .option('--metadata <json>', 'a JSON object of yours to keep with the record', parseMetadata)
    .option('--wait', 'wait for the final records; exit with 2 for failed, 3 for abandoned')
    .action(async (given: string[], options: StartOptions) => {
      const ids = await readIds(given, stdin);
      const input = checkedInput(ids[0], options);
      await using({ polls: true }, async ({ client, pollsHere }, output) => {
        const codes = await bring(ids, output, async (id, onRead) => {
          const started = await client.start({ detect_task_id: id, ...input });
          if (isFinal(started.status) || !(options.wait || pollsHere)) return started;
          onRead?.(started);
          return client.wait(id, { signal, ...(onRead && { onRead }) });
        });
        return options.wait ? gravest(codes) : withoutStatuses(codes);
      });
    });

  program
    .command('get <detect_task_id>')
    .description('the record of a task, with its faces')
    .action(async (id: string) => {
      const [checked = ''] = await readIds([id], stdin);
      await using({ polls: false }, async ({ client }, output) => {
        const detection = await client.get(checked);
        if (detection === undefined) return absent(checked);
        output.detection(detection);
        return exitCode.done;
      });
    });

  program
    .command('list')
    .description('the newest records')
    .option('--status <status>', 'only those of one status', parseStatus)
    .option('--limit <count>', 'how many at the most', parseLimit, 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action((options: Parameters<Client['list']>[0]) =>
      using({ polls: false }, async ({ client }, output) => {
        const { detections, cursor } = await client.list(options);
        output.list(detections, cursor);
        if (cursor !== undefined && format() === 'json') stderr.write(`more: --cursor ${cursor}\n`);
        return exitCode.done;
      }),
    );

  program
    .command('watch <detect_task_id...>')
    .description('wait for the final records of known tasks; exit with 2 for failed, 3 for abandoned')
    .action(async (given: string[]) => {
      const ids = await readIds(given, stdin);
      await using({ polls: true }, async ({ client, pollsHere }, output) => {
        const codes = await bring(ids, output, async (id, onRead) => {
          const known = await client.get(id);
          if (known === undefined || isFinal(known.status)) return known;
          onRead?.(known);
          // Here, what a dead process left behind is taken over by whoever asks for it.
          if (pollsHere) await client.start({ detect_task_id: id });
          return client.wait(id, { signal, ...(onRead && { onRead }) });
        });
        return gravest(codes);
      });
    });

  program
    .command('retry <detect_task_id>')
    .description('take an abandoned task up again')
    .action(async (id: string) => {
      const ids = await readIds([id], stdin);
      await using({ polls: true }, async ({ client, pollsHere }, output) => {
        const codes = await bring(ids, output, async (detectTaskId, onRead) => {
          const reopened = await client.retry(detectTaskId);
          if (reopened === undefined || isFinal(reopened.status) || !pollsHere) return reopened;
          return client.wait(detectTaskId, { signal, ...(onRead && { onRead }) });
        });
        return withoutStatuses(codes);
      });
    });

  program
    .command('cancel <detect_task_id>')
    .description('give a task up: its record becomes abandoned')
    .action(async (id: string) => {
      const [checked = ''] = await readIds([id], stdin);
      await using({ polls: false }, async ({ client }, output) => {
        const detection = await client.cancel(checked);
        if (detection === undefined) return absent(checked);
        output.detection(detection);
        return exitCode.done;
      });
    });

  program
    .command('forget <detect_task_id>')
    .description('delete everything stored of a task')
    .action(async (id: string) => {
      const [checked = ''] = await readIds([id], stdin);
      await using({ polls: false }, async ({ client }, output) => {
        if (!(await client.forget(checked))) return absent(checked);
        output.text(`${checked}: forgotten`);
        return exitCode.done;
      });
    });

  const absent = (id: string): number => {
    stderr.write(`${id}: there is no record of this task\n`);
    return exitCode.notFound;
  };

  try {
    await program.parseAsync(args, { from: 'user' });
    return signal.aborted ? exitCode.interrupted : code;
  } catch (error) {
    // Commander has said its sentence (or printed the help) already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.refused;
    const failure = inSentence(error, signal);
    stderr.write(`${failure.sentence}\n`);
    return failure.code;
  }
}

/** What goes with every id, refused before anything is opened or written. */
function checkedInput(
  firstId: string | undefined,
  options: StartOptions,
): Omit<ExecutionInput, 'detect_task_id'> {
  const { mediaUrl, callbackUrl, submittedAt, deadline, metadata } = options;
  const input = {
    ...(mediaUrl !== undefined && { media_url: mediaUrl }),
    ...(callbackUrl !== undefined && { callback_url: callbackUrl }),
    ...(submittedAt !== undefined && { submitted_at: submittedAt }),
    ...(deadline !== undefined && { deadline_seconds: deadline }),
    ...(metadata !== undefined && { metadata }),
  };
  const parsed = ExecutionInput.safeParse({ detect_task_id: firstId, ...input });
  if (!parsed.success) throw new RefusedRequestError('invalid', firstFault(parsed.error, 'input'));
  return input;
}

/** Failed and abandoned detections are answers; only who waited for them is told by the exit code. */
const withoutStatuses = (codes: readonly number[]): number =>
  gravest(codes.filter((code) => code !== exitCode.failed && code !== exitCode.abandoned));
