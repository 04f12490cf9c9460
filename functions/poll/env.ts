import * as z from 'zod/mini';

import { oneKeyStore, parseEnvironment, ProviderEnv, RecordEnv, WorkflowTypeEnv } from '../environment.ts';
import { FirstInvocationBudgetSeconds, LaterInvocationBudgetSeconds } from './policy.ts';

/** The environment of the Poll function. `infra/` must satisfy its keys; only the handlers read it. */
export const PollEnv = z
  .extend(RecordEnv, {
    ...ProviderEnv,
    EVENT_BUS_NAME: z.string().check(z.minLength(1)),
    WORKFLOW_TYPE: WorkflowTypeEnv,
    /** Without them the policy of the workflow type applies. */
    FIRST_INVOCATION_BUDGET_SECONDS: z.optional(z.pipe(z.coerce.number(), FirstInvocationBudgetSeconds)),
    LATER_INVOCATION_BUDGET_SECONDS: z.optional(z.pipe(z.coerce.number(), LaterInvocationBudgetSeconds)),
  })
  .check(oneKeyStore);

export type PollEnv = z.infer<typeof PollEnv>;

export const parsePollEnv = (environment: Record<string, string | undefined>): PollEnv =>
  parseEnvironment('Poll', PollEnv, environment);
