/** Before all files: the runtime client, and the stack as it is deployed, its functions bundled. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import type { TestProject } from 'vitest/node';

import { root } from '../support/folders.ts';
import { installClient, missingTools } from './client.ts';

declare module 'vitest' {
  interface ProvidedContext {
    runtimeClient: string;
    /** Folders with a synthesised stack each: the API key in a secret, and in a parameter. */
    secretStack: string;
    parameterStack: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // The configuration has said so already, and left nothing to run.
  if ((await missingTools()).length > 0) return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), 'runtime-'));
  const synthesise = async (name: string, context: Record<string, string>): Promise<string> => {
    const outdir = path.join(folder, name);
    await promisify(execFile)(process.execPath, ['infra/app.ts'], {
      cwd: root,
      env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
    });
    return outdir;
  };
  project.provide('runtimeClient', await installClient());
  project.provide('secretStack', await synthesise('secret', { apiToken: 'true' }));
  project.provide('parameterStack', await synthesise('parameter', { apiKeyParameterName: '/crun/api-key' }));
  return () => rm(folder, { recursive: true });
}
