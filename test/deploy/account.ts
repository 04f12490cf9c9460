/** An account of its own on the emulator, ready for the CDK, and a folder for what is left behind; both end together. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { makePythonEnvironment } from '../../tools/python.ts';
import { startEmulator } from '../support/emulator.ts';
import { cacheFolder } from '../support/folders.ts';
import { environment, requirements } from '../support/python.ts';
import { runProgram } from './commands.ts';

export interface Account {
  endpoint: string;
  /** Takes what programs leave in the home folder; gone after the run. */
  temporary: string;
  close(): Promise<void>;
}

export async function openAccount(python: string): Promise<Account> {
  await makePythonEnvironment(python, environment, requirements);
  await mkdir(cacheFolder, { recursive: true });
  const temporary = await mkdtemp(path.join(cacheFolder, 'run-'));
  // The emulator unpacks scripts in CommonJS here, below our own package.json.
  await writeFile(path.join(temporary, 'package.json'), '{"type":"commonjs"}');
  const emulator = await startEmulator(temporary);
  const { endpoint } = emulator;
  const close = async (): Promise<void> => {
    await emulator.close();
    await rm(temporary, { recursive: true, force: true });
  };
  try {
    const options = { endpoint, home: temporary };
    const output = ['--output', path.join(temporary, 'bootstrap')];
    await runProgram('cdk', ['bootstrap', '--no-notices', ...output], options);
    await admitPlainHttp(options);
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoint, temporary, close };
}

/** Gap `https-only-bucket`: the bucket for assets refuses what is not https, and the emulator refuses it too. */
async function admitPlainHttp(options: { endpoint: string; home: string }): Promise<void> {
  const assets = 'cdk-hnb659fds-assets-000000000000-us-east-1';
  await runProgram('aws', ['s3api', 'delete-bucket-policy', '--bucket', assets], options);
}
