/** The Sweep function at AWS. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';

import { lazyS3Store } from '../archive/lazy-store.ts';
import { deletePicturesIn } from '../archive/store.ts';
import { databaseClock } from '../clock.ts';
import { stepFunctions } from '../control/step-functions.ts';
import { recordDefaultsOf, sdkTransport as requestHandler } from '../environment.ts';
import { eventBridge } from '../notify/event-bridge.ts';
import { createRecords } from '../records/records.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import { assembleSweep } from './assemble.ts';
import type { SweepEnv } from './env.ts';

export function createHandler(env: SweepEnv) {
  const { TABLE_NAME: tableName, EVENT_BUS_NAME: eventBusName, ARCHIVE_BUCKET: bucket } = env;
  const client = new DynamoDBClient({ requestHandler });
  const clock = databaseClock(client);
  const { now } = clock;
  const telemetry = createTelemetry(tableName);
  const sweep = assembleSweep({
    records: createRecords({
      client,
      tableName,
      defaults: recordDefaultsOf(env),
      now,
      deletePictures:
        bucket === undefined ? undefined : deletePicturesIn(lazyS3Store(bucket, { requestHandler })),
    }),
    workflow: stepFunctions({
      client: new SFNClient({ requestHandler }),
      stateMachineArn: env.STATE_MACHINE_ARN,
      type: env.WORKFLOW_TYPE,
    }),
    put: eventBridge({ client: new EventBridgeClient({ requestHandler }), eventBusName }),
    clock,
    telemetry,
  });
  return (_event: unknown, context: Context) =>
    telemetry.during(context, {}, () => sweep(now() + context.getRemainingTimeInMillis()));
}
