/**
 * The Poll function with its API key in a secret. Trigger: the workflow's Poll state, once per invocation. A duplicate
 * invocation is harmless: it finds the record final, or makes one more GET.
 */
import { storedSecret } from '../api-key/secret.ts';
import { sdkTransport as requestHandler } from '../environment.ts';
import { createHandler } from './create-handler.ts';
import { parsePollEnv } from './env.ts';

const env = parsePollEnv(process.env);
const key = storedSecret(env.API_KEY_SECRET_ARN ?? '', { requestHandler });

export const handler = await createHandler(env, key);
