import path from 'node:path';

import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

import type { EngineName } from './test/second-opinions/edge.ts';
import { Report } from './test/second-opinions/report.ts';
import { hasJava } from './test/support/dynamodb-local.ts';
import { findPython } from './tools/python.ts';

const folder = path.join(import.meta.dirname, 'test', 'second-opinions');
const lacking: string[] = [];
if (!(await hasJava())) lacking.push('Java 17 or later, for DynamoDB Local');
if ((await findPython()) === undefined)
  lacking.push('Python 3.10 or later with its venv module, for LocalStack, MiniStack and moto');
for (const what of lacking) {
  const said = `The second opinions need ${what}, and find none`;
  if (process.env['CI']) throw new Error(`${said}.`);
  console.log(`${said}: it was skipped.`);
}

const suite = {
  include: ['test/unit/records/*.test.ts', 'test/unit/rate-limit/limiter.test.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

const scenarios = 'test/second-opinions/scenarios.test.ts';
const edges = 'test/second-opinions/edges.test.ts';
const states = 'test/second-opinions/states.test.ts';
const clients = 'test/second-opinions/clients.test.ts';
const retriers = 'test/second-opinions/retriers.test.ts';

/** The same tests on another database: nothing but what opens it is another. */
const on = (name: string, more: readonly string[] = []): TestProjectConfiguration => ({
  plugins: [
    {
      name: 'other-database',
      enforce: 'pre',
      resolveId: (id: string) =>
        id.endsWith('/in-process.ts') ? path.join(folder, 'on-socket.ts') : undefined,
    },
  ],
  test: {
    ...suite,
    include: [...suite.include, ...more],
    name,
    provide: { engine: 'ministack' },
    globalSetup: path.join(folder, `setup-${name}.ts`),
  },
});

const inInterpreter = (name: EngineName, more: readonly string[] = []): TestProjectConfiguration => ({
  test: {
    ...suite,
    include: [scenarios, edges, ...more],
    name,
    provide: { engine: name },
    globalSetup: path.join(folder, 'setup-interpreter.ts'),
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', new Report()],
    projects: [
      { test: { ...suite, name: 'dynalite' } },
      // Its scenarios are in every `npm test`.
      {
        test: {
          ...suite,
          include: [edges],
          name: 'aws-local-stepfunctions',
          provide: { engine: 'aws-local-stepfunctions' },
        },
      },
      ...(lacking.some((what) => what.startsWith('Java')) ? [] : [on('dynamodb-local')]),
      ...(lacking.some((what) => what.startsWith('Python'))
        ? []
        : [
            {
              test: {
                name: 'clients',
                include: [clients],
                globalSetup: path.join(folder, 'setup-clients.ts'),
              },
            },
            on('ministack', [scenarios, edges, states]),
            inInterpreter('moto'),
            inInterpreter('localstack', [states, retriers]),
          ]),
    ],
  },
});
