/** Before all files: the Python environment, the emulator, and an account that is ready for the CDK. After all: nothing. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { TestProject } from 'vitest/node';

import { findPython, makePythonEnvironment } from '../../tools/python.ts';
import { startEmulator } from '../support/emulator.ts';
import { cacheFolder } from '../support/folders.ts';
import { environment, requirements } from '../support/python.ts';
import { runProgram } from './commands.ts';

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
  await makePythonEnvironment(python, environment, requirements);
  await mkdir(cacheFolder, { recursive: true });
  const temporary = await mkdtemp(path.join(cacheFolder, 'run-'));
  // The emulator unpacks scripts in CommonJS here, below our own package.json.
  await writeFile(path.join(temporary, 'package.json'), '{"type":"commonjs"}');
  const emulator = await startEmulator(temporary);
  const teardown = async (): Promise<void> => {
    await emulator.close();
    await rm(temporary, { recursive: true, force: true });
  };
  try {
    const options = { endpoint: emulator.endpoint, home: temporary };
    const output = ['--output', path.join(temporary, 'bootstrap')];
    await runProgram('cdk', ['bootstrap', '--no-notices', ...output], options);
    await admitPlainHttp(options);
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide('endpoint', emulator.endpoint);
  project.provide('temporary', temporary);
  return teardown;
}

/** Gap `https-only-bucket`: the bucket for assets refuses what is not https, and the emulator refuses it too. */
async function admitPlainHttp(options: { endpoint: string; home: string }): Promise<void> {
  const assets = 'cdk-hnb659fds-assets-000000000000-us-east-1';
  await runProgram('aws', ['s3api', 'delete-bucket-policy', '--bucket', assets], options);
}
