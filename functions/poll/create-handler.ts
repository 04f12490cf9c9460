/** The Poll function at AWS. The stored key is an argument, so that a function loads the client of one key store. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Context } from 'aws-lambda';

import { cachedKey, type StoredKey } from '../api-key/reader.ts';
import { systemClock } from '../clock.ts';
import { createCrunClient } from '../crun/client.ts';
import { recordDefaultsOf, sdkTransport as requestHandler } from '../environment.ts';
import { eventBridge } from '../notify/event-bridge.ts';
import { createRecords } from '../records/records.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import { assemblePoll } from './assemble.ts';
import type { PollEnv } from './env.ts';
import { idsOf } from './state.ts';

export function createHandler(env: PollEnv, storedKey: StoredKey) {
  const { TABLE_NAME: tableName, EVENT_BUS_NAME: eventBusName } = env;
  const { now } = systemClock;
  const dynamodb = new DynamoDBClient({ requestHandler });
  const telemetry = createTelemetry(tableName);
  const invoke = assemblePoll(env, {
    dynamodb,
    records: createRecords({ client: dynamodb, tableName, defaults: recordDefaultsOf(env), now }),
    put: eventBridge({ client: new EventBridgeClient({ requestHandler }), eventBusName }),
    crun: createCrunClient({ baseUrl: env.CRUN_BASE_URL }),
    apiKey: cachedKey(storedKey, now),
    clock: systemClock,
    random: Math.random,
    telemetry,
  });
  return (event: unknown, context: Context) =>
    telemetry.during(context, idsOf(event), () => invoke(event, now() + context.getRemainingTimeInMillis()));
}
