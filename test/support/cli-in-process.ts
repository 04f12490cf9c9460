/** The command line in this process: what it writes, and how it ends. */
import { PassThrough, Readable, Writable } from 'node:stream';

import { runCommand } from '../../cli/command.ts';
import { runCli } from '../../cli/program.ts';
import type { Backend, CliDeps } from '../../cli/session.ts';
import type { Client } from '../../client/client.ts';
import { type Ended, endedWith } from './cli.ts';

const stream = (note: (text: string) => void, isTTY: boolean) =>
  Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        note(chunk.toString());
        done();
      },
    }),
    { isTTY },
  ) as unknown as NodeJS.WriteStream;

const rejects = () => Promise.reject(new Error('something was opened'));
/** Nothing may be opened, and there is nothing to check. */
export const closed = {
  open: rejects,
  openKeyStore: rejects,
  openTokenStore: rejects,
  examine: () => Readable.from([]),
  webhookSecrets: rejects,
  movesCursor: false,
} satisfies Partial<CliDeps>;

/** What is not given must not be used; `isTTY` makes the output a terminal. */
export async function run(
  args: readonly string[],
  { isTTY = false, ...deps }: Partial<CliDeps> & { isTTY?: boolean } = {},
) {
  let stdout = '';
  let stderr = '';
  const code = await runCli(args, {
    ...closed,
    stdin: Readable.from([]),
    stdout: stream((text) => (stdout += text), isTTY),
    stderr: stream((text) => (stderr += text), isTTY),
    signal: new AbortController().signal,
    ...deps,
  });
  return { code, stdout, stderr };
}

/** The whole command, on the environment given alone: a process that starts costs half a second. */
export async function runHere(
  args: readonly string[],
  { env, stdin = '' }: { env: Record<string, string>; stdin?: string },
): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const code = await runCommand(args, {
    environment: env,
    stdin: Readable.from([stdin]),
    stdout: stream((text) => (stdout += text), false),
    stderr: stream((text) => (stderr += text), false),
    signal: new AbortController().signal,
    movesCursor: false,
    onBroken(error) {
      throw error;
    },
  });
  return endedWith({ code, stdout, stderr });
}

/** A terminal whose modes are noted; `type` is what a person's keys send. */
export function terminal() {
  const modes: boolean[] = [];
  const input = new PassThrough();
  Object.assign(input, { isTTY: true, setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  return { input, modes, type: (keys: string) => void input.write(keys) };
}

/** A backend with these calls of the client, and no others. */
export const backendWith = (client: Partial<Client>, changes: Partial<Backend> = {}): Backend => ({
  client: client as Client,
  api: {} as Backend['api'],
  limit: { inspect: rejects, reset: rejects },
  pollsHere: false,
  maxInFlight: 10,
  place: 'this machine',
  listPaceMs: 800,
  close: async () => {},
  ...changes,
});
