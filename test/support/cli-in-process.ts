/** The command line in this process, with what it says and how it ended. */
import { PassThrough, Readable, Writable } from 'node:stream';

import { runCli } from '../../cli/program.ts';
import type { CliDeps } from '../../cli/session.ts';

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

const nothing = () => Promise.reject(new Error('something was opened'));
/** Nothing may be opened, and there is nothing to look at. */
export const closed = {
  open: nothing,
  openKeyStore: nothing,
  examine: () => Readable.from([]),
} satisfies Partial<CliDeps>;

/** What is not given must not be used; output goes to a terminal where told so. */
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

/** A terminal whose modes are noted; `type` is what a person's keys send. */
export function terminal() {
  const modes: boolean[] = [];
  const input = new PassThrough();
  Object.assign(input, { isTTY: true, setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  return { input, modes, type: (keys: string) => void input.write(keys) };
}
