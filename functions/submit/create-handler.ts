/** The Submit function at AWS. The stored key is an argument, so that a function loads the client of one key store. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';

import { cachedKey, type StoredKey } from '../api-key/reader.ts';
import { databaseClock } from '../clock.ts';
import { createService } from '../control/service.ts';
import { stepFunctions } from '../control/step-functions.ts';
import { createCrunClient } from '../crun/client.ts';
import { providerName } from '../crun/endpoints.ts';
import { recordDefaultsOf, sdkTransport as requestHandler } from '../environment.ts';
import { createRecords } from '../records/records.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import { assembleDetect } from './assemble.ts';
import type { SubmitEnv } from './env.ts';
import { answerSubmit } from './request.ts';
import { createPrepareUpload } from './submitter.ts';

export function createHandler(env: SubmitEnv, storedKey: StoredKey) {
  const { TABLE_NAME: tableName, CRUN_BASE_URL: baseUrl, RATE_LIMIT: rateLimit } = env;
  const { STATE_MACHINE_ARN: stateMachineArn, WORKFLOW_TYPE: type } = env;
  const dynamodb = new DynamoDBClient({ requestHandler });
  const clock = databaseClock(dynamodb);
  const { now } = clock;
  const telemetry = createTelemetry(tableName);
  const records = createRecords({ client: dynamodb, tableName, defaults: recordDefaultsOf(env), now });
  const workflow = stepFunctions({ client: new SFNClient({ requestHandler }), stateMachineArn, type });
  const provider = {
    crun: createCrunClient({ baseUrl }),
    apiKey: cachedKey(storedKey, now, telemetry.conceal),
  };
  const service = createService({ records, workflow, now });
  const clients = { ...provider, dynamodb, records, service, clock, random: Math.random, telemetry };
  const experimentalVideo = env.EXPERIMENTAL_VIDEO === '1';
  const detect = assembleDetect(
    { tableName, baseUrl, provider: providerName(baseUrl), rateLimit, experimentalVideo },
    clients,
  );
  const submitter = { detect, prepareUpload: createPrepareUpload(provider) };
  return async (event: unknown, context: Context) => {
    const { answer, thrown } = await telemetry.during(context, {}, () => answerSubmit(submitter, event));
    if (thrown !== undefined) throw thrown;
    return answer;
  };
}
