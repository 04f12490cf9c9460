/** Step Functions of another maker in a Python process, by the name of the project: `<name>_server.py`. */
import path from 'node:path';

import type { TestProject } from 'vitest/node';

import { findPython, makePythonEnvironment } from '../../tools/python.ts';
import { freePort } from '../support/emulator.ts';
import { root } from '../support/folders.ts';
import { startServer } from '../support/server-process.ts';

const folder = import.meta.dirname;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { name } = project;
  const python = await findPython();
  if (python === undefined) throw new Error('There is no Python.');
  const environment = path.join(root, '.cache', 'second-opinions', name);
  const requirements = path.join(folder, `${name}.requirements.txt`);
  const programs = await makePythonEnvironment(python, environment, requirements);
  const port = await freePort();
  const { endpoint, close } = await startServer(name, port, path.join(programs, 'python'), {
    args: [path.join(folder, `${name}_server.py`)],
    cwd: environment,
    // Nothing of a user's own configuration of AWS.
    env: { HOME: environment, PYTHONDONTWRITEBYTECODE: '1', SERVER_PORT: String(port) },
  });
  project.provide('interpreter', endpoint);
  return close;
}
