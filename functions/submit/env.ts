import * as z from 'zod/mini';

import { parseEnvironment, ProviderEnv, RecordEnv, WorkflowTypeEnv, oneKeyStore } from '../environment.ts';

/** The environment of the Submit function. `infra/` must satisfy its keys; only the handlers read it. */
export const SubmitEnv = z
  .extend(RecordEnv, {
    ...ProviderEnv,
    STATE_MACHINE_ARN: z.string().check(z.minLength(1)),
    WORKFLOW_TYPE: WorkflowTypeEnv,
    EXPERIMENTAL_VIDEO: z.enum(['0', '1']),
  })
  .check(oneKeyStore);
export type SubmitEnv = z.infer<typeof SubmitEnv>;

export const parseSubmitEnv = (environment: Record<string, string | undefined>): SubmitEnv =>
  parseEnvironment('Submit', SubmitEnv, environment);
