import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Whether a process is stopped, as by Ctrl-Z: it keeps its locks and sockets, and answers nothing. False where that cannot be known. */
export async function isStopped(pid: number): Promise<boolean> {
  return (await stateOf(pid)).startsWith('T');
}

/** As `ps` has it. Linux tells it in a file, so that no `ps` has to be installed. */
async function stateOf(pid: number): Promise<string> {
  try {
    // The name before it is in brackets, and may hold some itself.
    return (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '');
  } catch {
    const ps = promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)]);
    return ps.then(({ stdout }) => stdout.trim()).catch(() => '');
  }
}
