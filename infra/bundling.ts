/** The esbuild options that decide what is in a function's bundle and how small it is. */
import { join } from 'node:path';

export const bundling = {
  format: 'esm',
  // The SDKs' ES modules tree-shake to a fraction of their CommonJS twins.
  mainFields: ['module', 'main'],
  minify: true,
  // Beside the bundle and not named in it: `error.at` is looked up in it after an error.
  sourcemap: 'external',
  sourcesContent: false,
  alias: {
    // Every SDK client includes the credential provider chain: five more clients, and half of Node's own modules.
    '@aws-sdk/credential-provider-node': join(import.meta.dirname, '../functions/credentials.ts'),
  },
} as const;
