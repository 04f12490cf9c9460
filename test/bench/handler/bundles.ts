/** The functions under measurement, bundled the way the stack bundles its own. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'esbuild';

import { bundling } from '../../../infra/bundling.ts';

const root = join(import.meta.dirname, '../../..');

/** Named by what is in them. */
const contents = {
  /** The Poll function with its key in a secret: the default. */
  ours: { module: 'functions/poll/handler.ts', alias: bundling.alias },
  /** The same with its key in a parameter. */
  oursWithParameter: { module: 'functions/poll/key-in-parameter/handler.ts', alias: bundling.alias },
  /** What anybody would deploy who knows nothing of our alias. */
  bare: { module: 'test/bench/handler/bare.ts', alias: {} },
  /** The bare handler with that one trick of ours. */
  bareWithAlias: { module: 'test/bench/handler/bare.ts', alias: bundling.alias },
} as const;

export type BundleName = keyof typeof contents;
export interface Bundle {
  path: string;
  bytes: number;
}

export async function bundle(name: BundleName, folder: string): Promise<Bundle> {
  const { module, alias } = contents[name];
  const { format, minify, mainFields, sourcemap, sourcesContent } = bundling;
  const path = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(root, module)],
    outfile: path,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format,
    minify,
    sourcemap,
    sourcesContent,
    mainFields: [...mainFields],
    alias,
    logLevel: 'error',
  });
  return { path, bytes: (await stat(path)).size };
}
