/** Reads a secret: from a pipe, or typed without an echo. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { UserError } from '../client/user-error.ts';

interface HiddenInputDeps {
  stdin: NodeJS.ReadableStream;
  stderr: NodeJS.WriteStream;
  signal: AbortSignal;
}

/** All of a pipe; of a terminal the line up to Enter. Ctrl-C and Ctrl-D throw, the terminal as it was. */
export async function readHidden(
  prompt: string,
  { stdin, stderr, signal }: HiddenInputDeps,
): Promise<string> {
  if (!('isTTY' in stdin && stdin.isTTY)) return text(stdin);
  // Readline puts the terminal into raw mode and back; what it echoes goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  stderr.write(prompt);
  try {
    return await new Promise((resolve, reject) => {
      const interrupt = (): void => reject(new UserError('interrupted', 'Interrupted: nothing was stored.'));
      lines.once('line', resolve);
      lines.once('SIGINT', interrupt);
      lines.once('close', interrupt);
      signal.addEventListener('abort', interrupt, { once: true });
    });
  } finally {
    lines.close();
    stderr.write('\n');
  }
}
