/** Programs from PyPI, in environments of this project's own, so that nothing of a machine's own Python is touched. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const names = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
/** Nothing of ours takes one before 3.10, and Debian has one that cannot make environments. */
const probe = 'import sys, venv, ensurepip; assert sys.version_info >= (3, 10); print(sys.executable)';

/** The interpreter to make environments with; nothing where this machine has none that can. */
export async function findPython(pythons: readonly string[] = names): Promise<string | undefined> {
  for (const python of pythons) {
    try {
      return (await run(python, ['-c', probe])).stdout.trim();
    } catch {
      // Not there, too old, or without what makes environments: the next one may do.
    }
  }
  return undefined;
}

/** Makes an environment, or finds it made for the same requirements and the same Python. Returns where its programs are. */
export async function makePythonEnvironment(
  python: string,
  environment: string,
  requirements: string,
): Promise<string> {
  const programs = path.join(environment, 'bin');
  // Written last, so that an environment half made is not taken for a whole one.
  const marker = path.join(environment, 'installed.txt');
  const wanted = `${python}\n${await readFile(requirements, 'utf8')}`;
  if ((await readFile(marker, 'utf8').catch(() => undefined)) === wanted) return programs;
  await rm(environment, { recursive: true, force: true });
  await mkdir(path.dirname(environment), { recursive: true });
  await run(python, ['-m', 'venv', environment]);
  const pip = ['-m', 'pip', '--quiet', '--disable-pip-version-check'];
  // What is not pinned is not installed, and nothing is built here.
  const pinned = ['install', '--no-deps', '--only-binary', ':all:', '--requirement', requirements];
  await exponentialRetry(() => run(path.join(programs, 'python'), [...pip, ...pinned]));
  await run(path.join(programs, 'python'), [...pip, 'check']);
  await writeFile(marker, wanted);
  return programs;
}

/** A mirror of the index may not know for a moment what it knew before: pip itself takes that for an answer. */
async function exponentialRetry<T>(install: () => Promise<T>, triesLeft = 3): Promise<T> {
  try {
    return await install();
  } catch (error) {
    if (triesLeft === 0) throw error;
    await setTimeout(10_000);
    return exponentialRetry(install, triesLeft - 1);
  }
}

/** Runs a program of an environment in a folder, and tells what it prints. */
export type RunInPython = (program: string, args: readonly string[], cwd: string) => Promise<string>;

export const runFrom =
  (programs: string): RunInPython =>
  async (program, args, cwd) => {
    try {
      const options = { cwd, maxBuffer: 64 * 1_024 ** 2 };
      return (await run(path.join(programs, program), args, options)).stdout;
    } catch (error) {
      // Its exit code says that it has findings, and those are printed.
      if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string')
        return error.stdout;
      throw error;
    }
  };
