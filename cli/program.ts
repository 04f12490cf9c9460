/** The command line: its options, its verbs and their exit codes. The backend, a deployed stack or this machine, is an argument. */
import { setMaxListeners } from 'node:events';

import { Command, CommanderError } from 'commander';

import { printable } from '../client/safe-text.ts';
import type { Connection } from '../client/stack-outputs.ts';
import { version } from '../functions/version.ts';
import { exitCode, explainError } from './exit-code.ts';
import { addHelp } from './help.ts';
import { createOutput } from './output.ts';
import { pollText } from './poll-text.ts';
import type { CliDeps, Session } from './session.ts';
import { addCompletion } from './verbs/completion.ts';
import { addConsoleVerb } from './verbs/console.ts';
import { addDetectVerb } from './verbs/detect.ts';
import { addDoctor } from './verbs/doctor.ts';
import { addDrain } from './verbs/drain.ts';
import { addFacesVerb } from './verbs/faces.ts';
import { addListenVerb } from './verbs/listen.ts';
import { addPollingVerbs } from './verbs/polling.ts';
import { addRecordVerbs } from './verbs/records.ts';
import { addResetRate } from './verbs/reset-rate.ts';
import { addServeVerb } from './verbs/serve.ts';
import { addSetKey } from './verbs/set-key.ts';
import { addSwapRequestVerb } from './verbs/swap-request.ts';
import { addTokenVerb } from './verbs/token.ts';

export async function runCli(args: readonly string[], deps: CliDeps): Promise<number> {
  const { stdout, stderr, signal } = deps;
  setMaxListeners(0, signal);
  let code: number = exitCode.done;
  const program = new Command('face-poller');
  const options = (): { json?: true; verbose?: true } & Connection => program.opts();
  const session: Session = {
    ...deps,
    program,
    format: () => (options().json ? 'json' : 'text'),
    isVerbose: () => options().verbose === true,
    connection() {
      const { region, profile } = options();
      return { ...(region && { region }), ...(profile && { profile }) };
    },
    async using({ polls, showsAll = false }, verb) {
      const backend = await deps.open({ polls, ...session.connection() });
      try {
        if (polls && backend.notice !== undefined && session.format() === 'text') {
          stderr.write(`${backend.notice}\n`);
        }
        if (backend.loss !== undefined) stderr.write(`${backend.loss}\n`);
        if (polls && session.isVerbose()) {
          if (backend.followPolls === undefined)
            stderr.write(`--verbose: ${backend.place} polls, not this machine; its logs have each poll\n`);
          else backend.followPolls((line) => void stderr.write(`${pollText(line)}\n`));
        }
        code = await verb(backend, createOutput(stdout, { format: session.format(), showsAll }));
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
    .version(version)
    .option('--json', 'one JSON document a line for each record, nothing else on standard output')
    .option('--verbose', 'a line on standard error for each poll of this machine')
    .option('--region <region>', 'AWS region of the deployed stack')
    .option('--profile <profile>', 'AWS profile of the deployed stack')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      // It quotes what was typed.
      writeErr: (text) => void stderr.write(text.split('\n').map(printable).join('\n')),
    })
    .exitOverride();
  addDetectVerb(session);
  addPollingVerbs(session);
  addRecordVerbs(session);
  addFacesVerb(session);
  addSwapRequestVerb(session);
  addSetKey(session);
  addTokenVerb(session);
  addDoctor(session);
  addDrain(session);
  addResetRate(session);
  addListenVerb(session);
  addServeVerb(session);
  addCompletion(session);
  addConsoleVerb(session);
  for (const command of program.commands) addHelp(command);

  try {
    await program.parseAsync(args, { from: 'user' });
    return signal.aborted ? exitCode.interrupted : code;
  } catch (error) {
    // Commander has printed its sentence, or the help, already.
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCode.done : exitCode['invalid-input'];
    const failure = explainError(error, signal);
    stderr.write(`${failure.message}\n`);
    return failure.code;
  }
}
