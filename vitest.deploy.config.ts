import { defineConfig } from 'vitest/config';

import { findPython } from './tools/python.ts';

const needed = 'The deploy test needs Python 3.10 or later with its venv module';
const hasPython = (await findPython()) !== undefined;
if (!hasPython && process.env['CI']) throw new Error(`${needed}, and finds none.`);
if (!hasPython) console.log(`${needed}, and finds none: it was skipped, nothing was tested.`);

export default defineConfig({
  test: {
    include: hasPython ? ['test/deploy/**/*.test.ts'] : [],
    passWithNoTests: !hasPython,
    globalSetup: 'test/deploy/setup.ts',
    setupFiles: 'test/deploy/environment.ts',
    // Each file deploys a stack of its own and waits for it most of the time.
    maxWorkers: 3,
    // A busy machine is no failure; what must be quick says so itself.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
