/** Programs from PyPI, in virtual environments of this project, which leave the machine's own Python untouched. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const names = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
/** At least 3.10, with `venv` and `ensurepip`, which Debian packages separately. */
const probe = 'import sys, venv, ensurepip; assert sys.version_info >= (3, 10); print(sys.executable)';

/** The first interpreter that can create environments, or undefined. */
export async function findPython(pythons: readonly string[] = names): Promise<string | undefined> {
  for (const python of pythons) {
    try {
      return (await run(python, ['-c', probe])).stdout.trim();
    } catch {
      // Missing, too old, or without venv: try the next one.
    }
  }
  return undefined;
}

/** Creates an environment, or reuses one with the same requirements and Python. Returns the folder of its programs. */
export async function makePythonEnvironment(
  python: string,
  environment: string,
  requirements: string,
): Promise<string> {
  const programs = path.join(environment, 'bin');
  // Written last, so that an incomplete environment is never reused.
  const marker = path.join(environment, 'installed.txt');
  const wanted = `${python}\n${await readFile(requirements, 'utf8')}`;
  if ((await readFile(marker, 'utf8').catch(() => undefined)) === wanted) return programs;
  await rm(environment, { recursive: true, force: true });
  await mkdir(path.dirname(environment), { recursive: true });
  await run(python, ['-m', 'venv', environment]);
  const pip = ['-m', 'pip', '--quiet', '--disable-pip-version-check'];
  // Only pinned packages are installed, and none is built from source.
  const pinned = ['install', '--no-deps', '--only-binary', ':all:', '--requirement', requirements];
  await exponentialRetry(() => run(path.join(programs, 'python'), [...pip, ...pinned]));
  await run(path.join(programs, 'python'), [...pip, 'check']);
  await writeFile(marker, wanted);
  return programs;
}

/** A mirror of the index may briefly miss a package, which pip reports without retrying. */
async function exponentialRetry<T>(install: () => Promise<T>, triesLeft = 3): Promise<T> {
  try {
    return await install();
  } catch (error) {
    if (triesLeft === 0) throw error;
    await setTimeout(10_000);
    return exponentialRetry(install, triesLeft - 1);
  }
}

/** Runs a program of an environment in a folder and returns its standard output. */
export type RunIn = (program: string, args: readonly string[], cwd: string) => Promise<string>;

export const runFrom =
  (programs: string): RunIn =>
  async (program, args, cwd) => {
    try {
      const options = { cwd, maxBuffer: 64 * 1_024 ** 2 };
      return (await run(path.join(programs, program), args, options)).stdout;
    } catch (error) {
      // A linter exits with an error code when it prints findings.
      if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string')
        return error.stdout;
      throw error;
    }
  };
