/** Before all files: the Python environment, the emulator, and an account that is ready for the CDK. After all: nothing. */
import type { TestProject } from 'vitest/node';

import { findPython } from '../../tools/python.ts';
import { openAccount } from './account.ts';

declare module 'vitest' {
  interface ProvidedContext {
    endpoint: string;
    /** A folder for the run, gone after it. */
    temporary: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const python = await findPython();
  // The configuration has said so already, and left nothing to run.
  if (python === undefined) return undefined;
  const account = await openAccount(python);
  project.provide('endpoint', account.endpoint);
  project.provide('temporary', account.temporary);
  return () => account.close();
}
