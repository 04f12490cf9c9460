import { storedParameter } from '../../api-key/parameter.ts';
/** The Poll function, its key in a parameter. Trigger and duplicates: as for the other one. */
import { sdkTimeouts } from '../../environment.ts';
import { createHandler } from '../assemble.ts';
import { parsePollEnv } from '../env.ts';

const env = parsePollEnv(process.env);

export const handler = createHandler(
  env,
  storedParameter(env.API_KEY_PARAMETER_NAME ?? '', { requestHandler: sdkTimeouts }),
);
