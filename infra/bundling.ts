/** How a function becomes one file: the esbuild options that decide what is in it and how small it is. */
import { join } from 'node:path';

import type { BuildOptions } from 'esbuild';

const root = join(import.meta.dirname, '..');

const shape = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // The SDKs' ES modules tree-shake to a fraction of their CommonJS twins.
  mainFields: ['module', 'main'],
  minify: true,
  // Beside the bundle and not named in it: `error.at` is looked up in it after an error.
  sourcemap: 'external',
  sourcesContent: false,
  // What is bundled is the tested SDK, not the version that the Lambda runtime happens to carry.
  external: [],
  logLevel: 'warning',
} satisfies BuildOptions;

export const alias = {
  // Every SDK client includes the credential provider chain: five more clients, and half of Node's own modules.
  '@aws-sdk/credential-provider-node': join(root, 'functions/credentials.ts'),
};

/** `module`: from the root of the repository. */
export const bundleOptions = (module: string, outfile: string) =>
  ({ ...shape, alias, entryPoints: [join(root, module)], outfile }) satisfies BuildOptions;

/** The file of a bundle in the folder that is deployed. */
export const bundleFile = 'index.mjs';

/** The folder of a bundle, by its module inside `functions/`: `poll/handler.ts` is in `poll`. */
export const bundleFolder = (module: string): string =>
  module.replace(/\/handler\.ts$/, '').replaceAll('/', '-');
