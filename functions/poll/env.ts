import * as z from 'zod/mini';

import { parseEnvironment, RecordEnv, WorkflowTypeEnv } from '../environment.ts';
import { RateLimit } from '../rate-limit/limit.ts';
import { FirstInvocationBudgetSeconds, LaterInvocationBudgetSeconds } from './policy.ts';

const text = z.string().check(z.minLength(1));

/** The environment of the Poll function. `infra/` must satisfy its keys; only the handlers read it. */
export const PollEnv = z
  .extend(RecordEnv, {
    CRUN_BASE_URL: z
      .string()
      .check(z.refine((url) => URL.parse(url) !== null, 'CRUN_BASE_URL must be a URL')),
    EVENT_BUS_NAME: text,
    API_KEY_SECRET_ARN: z.optional(text),
    API_KEY_PARAMETER_NAME: z.optional(text),
    /** Calls a second; 0 is no limit. Empty text is rejected, because it would count as 0. */
    RATE_LIMIT: z.pipe(text, z.pipe(z.transform(Number), RateLimit)),
    WORKFLOW_TYPE: WorkflowTypeEnv,
    /** Without them the policy of the workflow type applies. */
    FIRST_INVOCATION_BUDGET_SECONDS: z.optional(z.pipe(z.coerce.number(), FirstInvocationBudgetSeconds)),
    LATER_INVOCATION_BUDGET_SECONDS: z.optional(z.pipe(z.coerce.number(), LaterInvocationBudgetSeconds)),
  })
  .check(
    z.refine(
      ({ API_KEY_SECRET_ARN, API_KEY_PARAMETER_NAME }) =>
        (API_KEY_SECRET_ARN === undefined) !== (API_KEY_PARAMETER_NAME === undefined),
      { path: ['API_KEY_SECRET_ARN', 'API_KEY_PARAMETER_NAME'] },
    ),
  );

export type PollEnv = z.infer<typeof PollEnv>;

export const parsePollEnv = (environment: Record<string, string | undefined>): PollEnv =>
  parseEnvironment('Poll', PollEnv, environment);
