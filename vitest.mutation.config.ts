import { defineConfig } from 'vitest/config';

import config from './vitest.config.ts';

/**
 * What `npm run test:mutation` asks about a mutant: the unit tests of its folder, `MUTATION_TESTS`, since others start
 * processes of their own.
 */
export default defineConfig({
  test: {
    ...config.test,
    include: (process.env['MUTATION_TESTS'] ?? 'test/unit/**/*.test.ts').split(','),
    // That one waits for ten seconds to pass, and would do so for every mutant of a call.
    exclude: ['test/unit/poll/call-limits.test.ts'],
    setupFiles: ['test/mutation/setup.ts'],
    // A mutant of what a module does when it is loaded must be loaded.
    isolate: true,
    testTimeout: 10_000,
  },
});
