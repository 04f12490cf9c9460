/** The functions under measurement, bundled the way the stack bundles its own. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'esbuild';

import { alias, bundleOptions } from '../../../infra/bundling.ts';

/** Named by what is in them. */
const contents = {
  /** The Poll function with its key in a secret: the default. */
  ours: { module: 'functions/poll/handler.ts', alias },
  /** The same with its key in a parameter. */
  oursWithParameter: { module: 'functions/poll/key-in-parameter/handler.ts', alias },
  /** A usual deployment, without our alias. */
  bare: { module: 'test/bench/handler/bare.ts', alias: {} },
  /** The bare handler with that one trick of ours. */
  bareWithAlias: { module: 'test/bench/handler/bare.ts', alias },
} as const;

export type BundleName = keyof typeof contents;
export interface Bundle {
  path: string;
  bytes: number;
}

export async function bundle(name: BundleName, folder: string): Promise<Bundle> {
  const { module, alias: known } = contents[name];
  const path = join(folder, `${name}.mjs`);
  await build({ ...bundleOptions(module, path), alias: known, logLevel: 'error' });
  return { path, bytes: (await stat(path)).size };
}
