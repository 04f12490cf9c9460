import { defineConfig } from 'vitest/config';

import { findPython } from './tools/python.ts';

const needed =
  'One part of the package test deploys to the emulator, which needs Python 3.10 with its venv module';
const hasPython = (await findPython()) !== undefined;
if (!hasPython && process.env['CI']) throw new Error(`${needed}, and finds none.`);
if (!hasPython) console.log(`${needed}, and finds none: it was skipped.`);

export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    exclude: hasPython ? [] : ['test/package/deployed.test.ts'],
    globalSetup: 'test/package/setup.ts',
    // Most of the time npm installs.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
