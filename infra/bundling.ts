/** How esbuild makes a function's one file, as far as it decides what is in it and how small it is. */
import { join } from 'node:path';

export const bundling = {
  format: 'esm',
  // The SDKs' ES modules shake down to a fraction of their CommonJS twins.
  mainFields: ['module', 'main'],
  minify: true,
  alias: {
    // Every client of the SDK brings the search for credentials along: five more clients, and half of Node's own modules.
    '@aws-sdk/credential-provider-node': join(import.meta.dirname, '../functions/credentials.ts'),
  },
} as const;
