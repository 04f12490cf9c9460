/** A Python environment of this project's own, with the emulator of AWS and the AWS CLI in it. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { cacheFolder } from './folders.ts';

const run = promisify(execFile);

const requirements = path.join(import.meta.dirname, 'requirements.txt');
const environment = path.join(cacheFolder, 'python');
/** Written last, so that an environment half made is not taken for a whole one. */
const marker = path.join(environment, 'installed.txt');

/** Where the environment's own programs are. */
export const pythonPrograms = path.join(environment, 'bin');

const names = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
/** Debian has a Python that cannot make environments until python3-venv is installed. */
const probe = 'import sys, venv, ensurepip; assert sys.version_info >= (3, 10); print(sys.executable)';

/** The interpreter to make it with, 3.10 or later; nothing where there is none. */
export function findPython(): string | undefined {
  for (const name of names) {
    const { status, stdout } = spawnSync(name, ['-c', probe], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  return undefined;
}

/** Makes the environment, or finds it made for the same requirements and the same Python. */
export async function makePythonEnvironment(python: string): Promise<void> {
  const wanted = `${python}\n${await readFile(requirements, 'utf8')}`;
  if ((await readFile(marker, 'utf8').catch(() => undefined)) === wanted) return;
  await rm(environment, { recursive: true, force: true });
  await mkdir(cacheFolder, { recursive: true });
  await run(python, ['-m', 'venv', environment]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  // What is not pinned is not installed, and nothing is built here.
  const pinned = ['--no-deps', '--only-binary', ':all:', '--requirement', requirements];
  await run(path.join(pythonPrograms, 'python'), [...pip, ...pinned]);
  await run(path.join(pythonPrograms, 'python'), ['-m', 'pip', 'check', '--disable-pip-version-check']);
  await writeFile(marker, wanted);
}
