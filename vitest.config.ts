import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need Python or a compiler, and minutes; each has its command: `npm run test:deploy` and so on.
    exclude: [
      ...configDefaults.exclude,
      'test/{console,contracts,deploy,package,second-opinions,runtime}/**',
    ],
    // Many tests wait for processes, sockets and clocks rather than for a processor.
    maxWorkers: 4,
    // The SDK and the CDK are loaded once a worker instead of once a file; so whatever a file replaces it puts back.
    isolate: false,
    // A busy machine is no failure; what must be quick says so itself.
    testTimeout: 30_000,
    // `npm run test:coverage`; which asks more of the tests than the time that they have here.
    coverage: {
      include: ['functions/**/*.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: { branches: 95 },
    },
    // Nothing of the machine's own configuration may reach a test.
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      // The CDK holds each template against every rule of CloudFormation's: once in `npm run synth`, not in each test.
      CDK_VALIDATION: 'false',
    },
  },
});
