/** Brings what generates clients of the HTTP API, for TypeScript and for Python. */
import path from 'node:path';

import type { TestProject } from 'vitest/node';

import { installPackages } from '../../tools/npm.ts';
import { findPython, makePythonEnvironment } from '../../tools/python.ts';
import { root } from '../support/folders.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the generators of each language are. */
    generators: { npm: string; python: string };
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const python = await findPython();
  if (python === undefined) throw new Error('There is no Python.');
  const npm = path.join(root, '.cache', 'generated-clients');
  await installPackages(path.join(import.meta.dirname, 'clients'), npm);
  const environment = path.join(root, '.cache', 'generated-clients-python');
  const requirements = path.join(import.meta.dirname, 'clients.requirements.txt');
  project.provide('generators', {
    npm,
    python: await makePythonEnvironment(python, environment, requirements),
  });
}
