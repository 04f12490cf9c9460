import { readFileSync } from 'node:fs';

/** `npm run test:mutation:decision`: judge and decide by their own tests alone, in minutes; there no mutant may survive. */
export default {
  ...JSON.parse(readFileSync(new URL('stryker.config.json', import.meta.url), 'utf8')),
  mutate: ['functions/crun/judge.ts', 'functions/poll/decide.ts'],
  testFiles: [
    'test/unit/crun/judge.test.ts',
    'test/unit/crun/judge-pairs.test.ts',
    'test/unit/poll/decide.test.ts',
    'test/unit/poll/policy.test.ts',
  ],
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { logTests: false, allowColor: false, reportTests: false },
  // With files of its own it never reloads a module; `npm run test:mutation` does.
  ignoreStatic: true,
  thresholds: { high: 100, low: 100, break: 100 },
};
