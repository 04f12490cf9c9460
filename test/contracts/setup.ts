/** Brings botocore, for its models of the services. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import type { TestProject } from 'vitest/node';

import { findPython, makePythonEnvironment } from '../../tools/python.ts';
import { root } from '../support/folders.ts';

export default async function setup(project: TestProject): Promise<void> {
  const python = await findPython();
  if (python === undefined) throw new Error('There is no Python.');
  const folder = path.join(root, '.cache', 'contracts');
  const requirements = path.join(import.meta.dirname, 'botocore.requirements.txt');
  const environment = path.join(folder, 'python');
  await makePythonEnvironment(python, environment, requirements);
  const libraries = path.join(environment, 'lib');
  const [version = ''] = await readdir(libraries);
  project.provide('models', path.join(libraries, version, 'site-packages', 'botocore', 'data'));
  const recordings = path.join(folder, 'recordings');
  if (project.name === 'recorded') {
    await rm(recordings, { recursive: true, force: true });
    await mkdir(recordings, { recursive: true });
  }
  project.provide('recordings', recordings);
}
