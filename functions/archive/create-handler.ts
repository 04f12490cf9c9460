/** The Archive function at AWS. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';

import { databaseClock } from '../clock.ts';
import { DetectTaskId } from '../detection/input.ts';
import { recordDefaultsOf, sdkTransport as requestHandler } from '../environment.ts';
import { eventBridge } from '../notify/event-bridge.ts';
import { createRecords } from '../records/records.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import { assembleArchive } from './assemble.ts';
import type { ArchiveEnv } from './env.ts';
import { createFetchLink } from './fetch-link.ts';
import { openS3Store } from './s3-store.ts';
import { deletePicturesIn } from './store.ts';

const Event = z.object({ detail: z.object({ detect_task_id: DetectTaskId, id: z.optional(z.string()) }) });

export function createHandler(env: ArchiveEnv) {
  const { TABLE_NAME: tableName, EVENT_BUS_NAME: eventBusName, ARCHIVE_BUCKET: bucket } = env;
  const client = new DynamoDBClient({ requestHandler });
  const clock = databaseClock(client);
  const { now } = clock;
  const store = openS3Store(bucket, { requestHandler });
  const telemetry = createTelemetry(tableName);
  const archive = assembleArchive({
    records: createRecords({
      client,
      tableName,
      defaults: recordDefaultsOf(env),
      now,
      deletePictures: deletePicturesIn(store),
    }),
    put: eventBridge({ client: new EventBridgeClient({ requestHandler }), eventBusName }),
    fetchLink: createFetchLink({ simulatorOrigin: env.SIMULATOR_ORIGIN }),
    store,
    clock,
    telemetry,
  });
  return async (event: unknown, context: Context) => {
    const { detect_task_id, id } = Event.parse(event).detail;
    return telemetry.during(context, { detect_task_id }, () =>
      archive(detect_task_id, now() + context.getRemainingTimeInMillis(), id),
    );
  };
}
