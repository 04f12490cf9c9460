import { storedSecret } from '../api-key/secret.ts';
/**
 * The Poll function, its key in a secret. Trigger: the workflow's Poll state, once per invocation. A duplicate invocation is
 * harmless: it finds the record final, or makes one more harmless GET.
 */
import { sdkTimeouts } from '../environment.ts';
import { createHandler } from './assemble.ts';
import { parsePollEnv } from './env.ts';

const env = parsePollEnv(process.env);

export const handler = createHandler(
  env,
  storedSecret(env.API_KEY_SECRET_ARN ?? '', { requestHandler: sdkTimeouts }),
);
