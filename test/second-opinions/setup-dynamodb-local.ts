import type { TestProject } from 'vitest/node';

import { startDynamoDbLocal } from '../support/dynamodb-local.ts';
import type { EngineName } from './edge.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the database listens that the tests are run on. */
    database: string;
    /** Where the Step Functions listen that the scenarios are run in; nothing where they are in this process. */
    interpreter: string | undefined;
    /** Their name. */
    engine: EngineName;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { endpoint, close } = await startDynamoDbLocal();
  project.provide('database', endpoint);
  return close;
}
