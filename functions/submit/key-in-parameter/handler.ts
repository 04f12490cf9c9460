/** The Submit function with its API key in a parameter. Trigger and duplicates: as for the other handler. */
import { storedParameter } from '../../api-key/parameter.ts';
import { sdkTransport as requestHandler } from '../../environment.ts';
import { createHandler } from '../create-handler.ts';
import { parseSubmitEnv } from '../env.ts';

const env = parseSubmitEnv(process.env);

export const handler = createHandler(
  env,
  storedParameter(env.API_KEY_PARAMETER_NAME ?? '', { requestHandler }),
);
