import * as z from 'zod/mini';

import { parseEnvironment, RecordEnv } from '../../environment.ts';

/** The environment of the Deliver function. `infra/` must satisfy its keys; `handler.ts` alone reads it. */
export const DeliverEnv = z.extend(RecordEnv, {
  WEBHOOK_SECRET_ARN: z.string().check(z.minLength(1)),
});

export const parseDeliverEnv = (
  environment: Record<string, string | undefined>,
): z.infer<typeof DeliverEnv> => parseEnvironment('Deliver', DeliverEnv, environment);
