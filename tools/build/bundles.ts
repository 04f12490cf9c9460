/** What is bundled for the package, so that its users need no bundler: each function, and what receives webhooks. */
import { globSync } from 'node:fs';
import path from 'node:path';

import { build, type Metafile } from 'esbuild';

import { bundleFile, bundleFolder, bundleOptions } from '../../infra/bundling.ts';
import { dist, lib, root } from './folders.ts';

/** Each function has a `handler.ts`. */
const handlers = (): string[] => globSync('**/handler.ts', { cwd: path.join(root, 'functions') }).toSorted();

export const bundleFunctions = (): Promise<Metafile[]> =>
  Promise.all(
    handlers().map(async (module) => {
      const outfile = path.join(dist, 'functions', bundleFolder(module), bundleFile);
      const options = bundleOptions(path.join('functions', module), outfile);
      return (await build({ ...options, absWorkingDir: root, metafile: true })).metafile;
    }),
  );

/** A receiver of webhooks loads nothing but Node. */
export async function bundleWebhooks(): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [path.join(lib, 'exports/webhooks.js')],
    outfile: path.join(lib, 'exports/webhooks.js'),
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}
