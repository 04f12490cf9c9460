import * as z from 'zod/mini';

import { RecordEnv } from '../../environment.ts';

/** The environment of the Deliver function. `infra/` must satisfy its keys; only the handler reads it. */
export const DeliverEnv = z.extend(RecordEnv, {
  WEBHOOK_SECRET_ARN: z.string().check(z.minLength(1)),
});
export type DeliverEnv = z.infer<typeof DeliverEnv>;
