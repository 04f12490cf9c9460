import { defineConfig } from 'vitest/config';

import { missingTools } from './test/runtime/client.ts';

const missing = await missingTools();
const sentence = `Lambda's runtime client is built with ${missing.join(', ')}, which this machine lacks`;
const canBuild = missing.length === 0;
if (!canBuild && process.env['CI']) throw new Error(`${sentence}.`);
if (!canBuild) console.log(`${sentence}: test:runtime was skipped.`);

export default defineConfig({
  test: {
    include: canBuild ? ['test/runtime/**/*.test.ts'] : [],
    passWithNoTests: !canBuild,
    globalSetup: 'test/runtime/setup.ts',
    maxWorkers: 2,
    // A busy machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  },
});
