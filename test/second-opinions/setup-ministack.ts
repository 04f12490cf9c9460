import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

import type { TestProject } from 'vitest/node';

import { findPython, makePythonEnvironment } from '../../tools/python.ts';
import { startEmulator } from '../support/emulator.ts';
import { cacheFolder } from '../support/folders.ts';
import { environment, requirements } from '../support/python.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const python = await findPython();
  if (python === undefined) throw new Error('There is no Python.');
  await makePythonEnvironment(python, environment, requirements);
  await mkdir(cacheFolder, { recursive: true });
  const temporary = await mkdtemp(path.join(cacheFolder, 'second-opinion-'));
  // Waits pass on the clock of the tests, and each caller has an account of its own: only the access key distinguishes them.
  const emulator = await startEmulator(temporary, { AUTH: 'false', SFN_WAIT_SCALE: '0' });
  project.provide('database', emulator.endpoint);
  project.provide('interpreter', emulator.endpoint);
  return async () => {
    await emulator.close();
    await rm(temporary, { recursive: true, force: true });
  };
}
