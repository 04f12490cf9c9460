/** What the process gives to the command: environment, signals and streams. */
import { runCommand } from './command.ts';
import { concealing } from './concealed.ts';
import { exitCode, explainError } from './exit-code.ts';

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (controller.signal.aborted) process.exit(exitCode.interrupted);
    controller.abort();
  });
}

/** A fault that no caller can catch, such as the embedded database's when the disk is full. */
function die(error: unknown): never {
  concealing(process.stderr, process.env).write(`${explainError(error, controller.signal).message}\n`);
  process.exit(exitCode.infrastructure);
}
process.on('uncaughtException', die);
process.on('unhandledRejection', die);
// A reader of our output may leave first (`| head`): the polling goes on. Any other failed write is a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') die(error);
});
process.stderr.on('error', () => {});

const { stdin, stdout, stderr } = process;
const code = await runCommand(process.argv.slice(2), {
  environment: process.env,
  stdin,
  stdout,
  stderr,
  signal: controller.signal,
  movesCursor: stderr.isTTY && process.env['TERM'] !== 'dumb',
  onBroken: die,
});
// A pipe takes what it can hold at once; leaving now would cut off the rest.
await Promise.all([stdout, stderr].map((stream) => new Promise((done) => stream.write('', done))));
process.exit(code);
