/** The command line: options, exit codes and what its verbs share. What it talks to, a deployed stack or this machine, is handed in. */
import { setMaxListeners } from 'node:events';

import { Command, CommanderError } from 'commander';

import type { Client } from '../client/client.ts';
import { exitCode } from '../client/exit-code.ts';
import { inSentence } from '../client/user-error.ts';
import type { Requests } from '../functions/api/requests.ts';
import type { KeyStore } from './key-store.ts';
import { createOutput, type Output } from './output.ts';
import { addDoctor, type Finding } from './verbs/doctor.ts';
import { addListenVerb } from './verbs/listen.ts';
import { addPollingVerbs } from './verbs/polling.ts';
import { addRecordVerbs } from './verbs/records.ts';
import { addServeVerb } from './verbs/serve.ts';
import { addSetKey } from './verbs/set-key.ts';

export interface Backend {
  client: Client;
  /** The same records, as the HTTP API asks for them. */
  requests: Requests;
  /** The process that starts a task polls it, so it stays until the task is final. */
  pollsHere: boolean;
  /** For people, before anything else: what they should know of where this runs. */
  notice?: string;
  close(): Promise<void>;
}

/** As in the AWS CLI; one machine has no use for it. */
export interface Connection {
  region?: string;
  profile?: string;
}

export interface BackendOptions extends Connection {
  /** False for what only reads records. */
  polls: boolean;
}

export interface CliDeps {
  open(options: BackendOptions): Promise<Backend>;
  /** Where the provider's API key is kept; refused on one machine, whose environment holds it. */
  openKeyStore: (connection: Connection) => Promise<KeyStore>;
  /** Looks at everything that polling needs, one finding after the other. */
  examine: (connection: Connection) => AsyncIterable<Finding>;
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** What deliveries are signed with, as it is stored: one or two secrets. */
  webhookSecret?: string;
}

/** What a module of verbs needs to add its own. */
export interface Session extends CliDeps {
  program: Command;
  format: () => 'json' | 'text';
  connection: () => Connection;
  /** One opened backend for one verb, which answers with the exit code; closed whatever happens. */
  using: (
    options: { polls: boolean },
    verb: (backend: Backend, output: Output) => Promise<number>,
  ) => Promise<void>;
  /** The exit code of a verb that needs no backend. */
  exitWith: (code: number) => void;
}

export async function runCli(args: readonly string[], deps: CliDeps): Promise<number> {
  const { stdout, stderr, signal } = deps;
  setMaxListeners(0, signal);
  let code: number = exitCode.done;
  const program = new Command('face-poller');
  const options = (): { json?: true } & Connection => program.opts();
  const session: Session = {
    ...deps,
    program,
    format: () => (options().json ? 'json' : 'text'),
    connection() {
      const { region, profile } = options();
      return { ...(region && { region }), ...(profile && { profile }) };
    },
    async using({ polls }, verb) {
      const backend = await deps.open({ polls, ...session.connection() });
      try {
        if (polls && backend.notice !== undefined && session.format() === 'text') {
          stderr.write(`${backend.notice}\n`);
        }
        code = await verb(backend, createOutput(stdout, session.format()));
      } finally {
        await backend.close();
      }
    },
    exitWith(given) {
      code = given;
    },
  };

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
  addPollingVerbs(session);
  addRecordVerbs(session);
  addSetKey(session);
  addDoctor(session);
  addListenVerb(session);
  addServeVerb(session);

  try {
    await program.parseAsync(args, { from: 'user' });
    return signal.aborted ? exitCode.interrupted : code;
  } catch (error) {
    // Commander has said its sentence (or printed the help) already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.invalidInput;
    const failure = inSentence(error, signal);
    stderr.write(`${failure.sentence}\n`);
    return failure.code;
  }
}
