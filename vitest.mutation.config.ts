import { defineConfig } from 'vitest/config';

import config from './vitest.config.ts';

/** What `npm run test:mutation` asks about each mutant: the unit tests, since others start processes of their own. */
export default defineConfig({
  test: { ...config.test, include: ['test/unit/**/*.test.ts'], testTimeout: 10_000 },
});
