import * as z from 'zod/mini';

import { parseEnvironment, RecordEnv, WorkflowTypeEnv } from '../environment.ts';

/** The environment of the Api function. `infra/` must satisfy its keys; `handler.ts` alone reads it. */
export const ApiEnv = z.extend(RecordEnv, {
  STATE_MACHINE_ARN: z.string().check(z.minLength(1)),
  WORKFLOW_TYPE: WorkflowTypeEnv,
});

export const parseApiEnv = (environment: Record<string, string | undefined>): z.infer<typeof ApiEnv> =>
  parseEnvironment('Api', ApiEnv, environment);
