import * as z from 'zod/mini';

import { ProviderEnv, RecordEnv, WorkflowTypeEnv } from '../environment.ts';

/** The environment of the Api function. `infra/` must satisfy its keys; only the handler reads it. */
export const ApiEnv = z.extend(RecordEnv, {
  SUBMIT_FUNCTION_ARN: z.string().check(z.minLength(1)),
  STATE_MACHINE_ARN: z.string().check(z.minLength(1)),
  WORKFLOW_TYPE: WorkflowTypeEnv,
  // It calls no provider, and reads the limit of these calls.
  CRUN_BASE_URL: ProviderEnv.CRUN_BASE_URL,
  RATE_LIMIT: ProviderEnv.RATE_LIMIT,
});
export type ApiEnv = z.infer<typeof ApiEnv>;
