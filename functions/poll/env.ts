import * as z from 'zod/mini';

import { parseEnvironment, RecordEnv } from '../environment.ts';

/** The environment of the Poll function. `infra/` must satisfy its keys; `handler.ts` alone reads it. */
export const PollEnv = z.extend(RecordEnv, {
  CRUN_BASE_URL: z
    .string()
    .check(z.refine((text) => URL.parse(text) !== null, 'CRUN_BASE_URL must be a URL')),
  API_KEY_SECRET_ARN: z.string().check(z.minLength(1)),
});

export const parsePollEnv = (environment: Record<string, string | undefined>): z.infer<typeof PollEnv> =>
  parseEnvironment('Poll', PollEnv, environment);
