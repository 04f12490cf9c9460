import path from 'node:path';

import { defineConfig } from 'vitest/config';

import { instrument } from './test/contracts/instrument.ts';
import { findPython } from './tools/python.ts';
import config from './vitest.config.ts';

const needed =
  "The services' models come with botocore, which needs Python 3.10 or later with its venv module";
const hasPython = (await findPython()) !== undefined;
if (!hasPython && process.env['CI']) throw new Error(`${needed}; there is none.`);
if (!hasPython) console.log(`${needed}; there is none: test:contracts was skipped.`);

const root = import.meta.dirname;
const isProduct = /^(?:functions|client|cli|local|console|tools)\/.*\.tsx?$/;

/** First every call of the tests that need nothing but Node, then what the models say of them. */
export default defineConfig({
  test: {
    passWithNoTests: !hasPython,
    maxWorkers: 2,
    projects: [
      {
        plugins: [
          {
            name: 'record-calls-of-aws',
            enforce: 'pre',
            transform(code: string, id: string) {
              const file = path.relative(root, id.split('?')[0] ?? '');
              return isProduct.test(file) ? { code: instrument(file, code).code, map: null } : undefined;
            },
          },
        ],
        test: {
          ...config.test,
          name: 'recorded',
          // Each call is judged too, on a machine that may be busy.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          include: hasPython
            ? ['test/unit/**/*.test.ts', 'test/local/{failing-invocations,scenarios,sweeping,table}.test.ts']
            : [],
          globalSetup: 'test/contracts/setup.ts',
          setupFiles: ['test/contracts/record.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'judged',
          include: hasPython ? ['test/contracts/**/*.test.ts'] : [],
          globalSetup: 'test/contracts/setup.ts',
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
