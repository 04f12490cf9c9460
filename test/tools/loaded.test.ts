/** What each export of the package loads: the construct loads no SDK, and a receiver nothing. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { version } from '../../functions/version.ts';
import manifest from '../../package.json' with { type: 'json' };
import { root } from '../support/folders.ts';

/** The packages that a module of ours asks for, without what those load themselves. */
async function packagesOf(entry: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({
      resolve(specifier, { parentURL = '' }, next) {
        const isPackage = /^[@a-z]/.test(specifier) && !/^(node:|file:|face-detection-poller)/.test(specifier);
        if (isPackage && !parentURL.includes('/node_modules/')) seen.add(specifier);
        return next(specifier);
      },
    });
    await import(${JSON.stringify(path.join(root, 'exports', entry))});
    console.log(JSON.stringify([...seen]));`;
  const node = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, node);
  const names = (JSON.parse(stdout) as string[]).map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? '');
  return [...new Set(names)].toSorted();
}

it('finds the version of the package in its code', () => {
  expect(version).toBe(manifest.version);
});

describe('importing', () => {
  it.each([
    ['construct.ts', ['aws-cdk-lib', 'constructs', 'ipaddr.js', 'zod']],
    // Bundled in the package.
    ['webhooks.ts', ['ipaddr.js', 'zod']],
  ])('%s loads these packages alone', async (entry, packages) => {
    expect(await packagesOf(entry)).toEqual(packages);
  });

  it.each(['client.ts', 'testing.ts'])('%s loads no library of the command line', async (entry) => {
    const loaded = await packagesOf(entry);
    expect(loaded).toContain('@aws-sdk/client-dynamodb');
    for (const name of ['commander', 'cli-progress', 'log-update', 'aws-cdk-lib', 'esbuild'])
      expect(loaded).not.toContain(name);
  });
});
