/** The judges that come from PyPI, in an environment of their own. */
import { execFile } from 'node:child_process';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = join(import.meta.dirname, 'requirements.txt');

/** Runs a program of the environment in a folder, and tells what it prints. */
export type RunInPython = (program: string, args: readonly string[], cwd: string) => Promise<string>;

const names = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
/** cfn-lint takes none before 3.10, and Debian has one that cannot make environments. */
const isUsable = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';

/** Makes the environment unless it is there as pinned; undefined where this machine has no Python to make it with. */
export async function openPython(
  environment: string,
  pythons: readonly string[] = names,
): Promise<RunInPython | undefined> {
  // Written last, so that an environment without it was never finished.
  const stamp = join(environment, 'requirements.txt');
  if ((await readText(stamp)) !== (await readText(requirements))) {
    const python = await findUsable(pythons);
    if (python === undefined) return undefined;
    await rm(environment, { recursive: true, force: true });
    await run(python, ['-m', 'venv', environment]);
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    await run(join(environment, 'bin/python'), install);
    await cp(requirements, stamp);
  }
  return async (program, args, cwd) => {
    try {
      const { stdout } = await run(join(environment, 'bin', program), args, {
        cwd,
        maxBuffer: 64 * 1_024 ** 2,
      });
      return stdout;
    } catch (error) {
      // Its exit code says that it has findings, and those are printed.
      if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string')
        return error.stdout;
      throw error;
    }
  };
}

async function findUsable(pythons: readonly string[]): Promise<string | undefined> {
  for (const python of pythons) {
    try {
      await run(python, ['-c', isUsable]);
      return python;
    } catch {
      // Not there, too old, or without what makes environments: the next one may do.
    }
  }
  return undefined;
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
