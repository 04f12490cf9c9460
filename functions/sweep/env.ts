import * as z from 'zod/mini';

import { RecordEnv, WorkflowTypeEnv } from '../environment.ts';

/** The environment of the Sweep function. `infra/` must satisfy its keys; only the handler reads it. */
export const SweepEnv = z.extend(RecordEnv, {
  STATE_MACHINE_ARN: z.string().check(z.minLength(1)),
  WORKFLOW_TYPE: WorkflowTypeEnv,
  EVENT_BUS_NAME: z.string().check(z.minLength(1)),
});
export type SweepEnv = z.infer<typeof SweepEnv>;
