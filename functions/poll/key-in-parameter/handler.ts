/** The Poll function with its API key in a parameter. Trigger and duplicates: as for the other handler. */
import { storedParameter } from '../../api-key/parameter.ts';
import { sdkTransport as requestHandler } from '../../environment.ts';
import { createHandler } from '../create-handler.ts';
import { parsePollEnv } from '../env.ts';

const env = parsePollEnv(process.env);
const key = storedParameter(env.API_KEY_PARAMETER_NAME ?? '', { requestHandler });

export const handler = await createHandler(env, key);
