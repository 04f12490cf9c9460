import { defineConfig } from 'vitest/config';

import { findBrowser } from './test/console/browser.ts';

const needed = 'The console is tested in Chromium';
const browser = await findBrowser();
if (browser === undefined && process.env['CI']) throw new Error(`${needed}, and finds none.`);
if (browser === undefined) console.log(`${needed}, and finds none: it was skipped, nothing was tested.`);

export default defineConfig({
  test: {
    include: browser === undefined ? [] : ['test/console/**/*.test.ts'],
    passWithNoTests: browser === undefined,
    maxWorkers: 1,
    // A busy machine is no failure; what must be quick says so itself.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
