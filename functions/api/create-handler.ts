/** The Api function at AWS. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';

import { createImages } from '../archive/images.ts';
import { lazyS3Store } from '../archive/lazy-store.ts';
import { deletePicturesIn } from '../archive/store.ts';
import { databaseClock } from '../clock.ts';
import { createService } from '../control/service.ts';
import { stepFunctions } from '../control/step-functions.ts';
import { recordDefaultsOf, sdkTransport as requestHandler } from '../environment.ts';
import { limitOf } from '../rate-limit/inspect.ts';
import { createRecords } from '../records/records.ts';
import { submitByFunction } from '../submit/invoke.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import { createApi } from './api.ts';
import type { ApiEnv } from './env.ts';
import { gatewayAnswer, type GatewayEvent, requestOf } from './gateway.ts';

export function createHandler(env: ApiEnv) {
  const { TABLE_NAME: tableName, STATE_MACHINE_ARN: stateMachineArn, WORKFLOW_TYPE: type } = env;
  const dynamodb = new DynamoDBClient({ requestHandler });
  const { now } = databaseClock(dynamodb);
  const telemetry = createTelemetry(tableName);
  const bucket = env.ARCHIVE_BUCKET;
  const store = bucket === undefined ? undefined : lazyS3Store(bucket, { requestHandler });
  const deletePictures = store && deletePicturesIn(store);
  const defaults = recordDefaultsOf(env);
  const records = createRecords({ client: dynamodb, tableName, defaults, now, deletePictures });
  const workflow = stepFunctions({ client: new SFNClient({ requestHandler }), stateMachineArn, type });
  const submitter = submitByFunction({
    // A submission takes longer than a call of AWS; the SDK repeats what has a key.
    client: new LambdaClient({ requestHandler: { ...requestHandler, requestTimeout: 20_000 } }),
    functionArn: env.SUBMIT_FUNCTION_ARN,
    records,
  });
  const answer = createApi({
    records,
    images: store && createImages({ records, store }),
    submitter,
    limit: limitOf({ client: dynamodb, tableName, perSecond: env.RATE_LIMIT }, env.CRUN_BASE_URL, now),
    service: createService({ records, workflow, now }),
    log: (line) => telemetry.log('error', 'failed', line),
  });
  return (event: GatewayEvent, context: Context) =>
    telemetry.during(context, {}, async () => gatewayAnswer(await answer(requestOf(event)), event));
}
