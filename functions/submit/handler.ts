/**
 * The Submit function with its API key in a secret. Trigger: a workflow, our client or the API. A duplicate invocation
 * submits nothing more where it has an idempotency key.
 */
import { storedSecret } from '../api-key/secret.ts';
import { sdkTransport as requestHandler } from '../environment.ts';
import { createHandler } from './create-handler.ts';
import { parseSubmitEnv } from './env.ts';

const env = parseSubmitEnv(process.env);

export const handler = createHandler(env, storedSecret(env.API_KEY_SECRET_ARN ?? '', { requestHandler }));
