/** Amazon's own DynamoDB Local: a jar in a package of the registry, for development only by its licence. */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { freePort } from './emulator.ts';
import { root } from './folders.ts';
import { type Server, startServer } from './server-process.ts';

const run = promisify(execFile);
const packed = 'amplify-dynamodb-simulator@2.9.30';
const cacheFolder = path.join(root, '.cache', 'second-opinions');
const onLoopback = [
  '-cp',
  ['DynamoDBLocal.jar', 'DynamoDBLocal_lib/*'].join(path.delimiter),
  path.join(import.meta.dirname, 'OnLoopback.java'),
];
const folder = path.join(cacheFolder, packed.replace('@', '-'));

/** Whether this machine has a Java of 17 or later. */
export async function hasJava(): Promise<boolean> {
  try {
    const { stderr, stdout } = await run('java', ['-version']);
    return Number(/version "(\d+)/.exec(stderr + stdout)?.[1]) >= 17;
  } catch {
    return false;
  }
}

/** Whether it compiles, too: a Java that only runs programs cannot bind it to the loopback interface. */
async function hasCompiler(): Promise<boolean> {
  const { stdout } = await run('java', ['--list-modules']);
  return stdout.includes('jdk.compiler@');
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
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  });
  await rm(temporary, { recursive: true });
}

/** Keeps everything in memory. Each access key has a database of its own. */
export async function startDynamoDbLocal(): Promise<Server> {
  await unpack();
  const port = await freePort();
  const program = (await hasCompiler()) ? onLoopback : ['-jar', 'DynamoDBLocal.jar'];
  const options = ['-inMemory', '-disableTelemetry', '-port', String(port)];
  const args = ['-Djava.library.path=DynamoDBLocal_lib', ...program, ...options];
  return startServer('DynamoDB Local', port, 'java', { args, cwd: folder });
}
