import path from 'node:path';

import type { TestProject } from 'vitest/node';

import { findPython, makePythonEnvironment } from '../../tools/python.ts';
import { freePort } from '../support/emulator.ts';
import { root } from '../support/folders.ts';
import { startServer } from './server.ts';

const folder = import.meta.dirname;
const environment = path.join(root, '.cache', 'second-opinions', 'moto');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const python = await findPython();
  if (python === undefined) throw new Error('There is no Python.');
  const programs = await makePythonEnvironment(python, environment, path.join(folder, 'requirements.txt'));
  const port = await freePort();
  const { endpoint, close } = await startServer('moto', port, path.join(programs, 'python'), {
    args: [path.join(folder, 'moto_server.py')],
    cwd: environment,
    // Nothing of a user's own configuration of AWS.
    env: { HOME: environment, MOTO_PORT: String(port) },
  });
  project.provide('interpreter', endpoint);
  return close;
}
