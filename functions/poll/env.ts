import * as z from 'zod/mini';

import { DeadlineSeconds } from '../detection.ts';

/** The environment of the Poll function. `infra/` must satisfy its keys; `handler.ts` alone reads it. */
export const PollEnv = z.object({
  TABLE_NAME: z.string().check(z.minLength(1)),
  CRUN_BASE_URL: z
    .string()
    .check(z.refine((text) => URL.parse(text) !== null, 'CRUN_BASE_URL must be a URL')),
  API_KEY_SECRET_ARN: z.string().check(z.minLength(1)),
  DEADLINE_SECONDS: z.pipe(z.coerce.number(), DeadlineSeconds),
  RETENTION_DAYS: z.pipe(z.coerce.number(), z.int().check(z.gte(1), z.lte(3_650))),
  SHARDS: z.pipe(z.coerce.number(), z.int().check(z.gte(1), z.lte(64))),
});

/** Names a bad deploy, so that the workflow does not retry it as if it would pass. */
export const invalidEnvironment = 'InvalidEnvironmentError';

class InvalidEnvironmentError extends Error {
  override readonly name = invalidEnvironment;
}

export function parsePollEnv(environment: Record<string, string | undefined>): z.infer<typeof PollEnv> {
  const parsed = PollEnv.safeParse(environment);
  if (parsed.success) return parsed.data;
  throw new InvalidEnvironmentError(
    `the Poll function's environment is wrong in ${parsed.error.issues[0]?.path.join('.')}`,
  );
}
