/** The Poll function at AWS. The stored key is an argument, so that a function loads the client of one key store. */
import { setTimeout } from 'node:timers/promises';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Context } from 'aws-lambda';

import { cachedKey, type StoredKey } from '../api-key/reader.ts';
import { databaseClock } from '../clock.ts';
import { createCrunClient } from '../crun/client.ts';
import { DetectTaskId } from '../detection/input.ts';
import { recordDefaultsOf, sdkTransport as requestHandler } from '../environment.ts';
import { eventBridge } from '../notify/event-bridge.ts';
import { createRecords } from '../records/records.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import { assemblePoll } from './assemble.ts';
import type { PollEnv } from './env.ts';
import { idsOf } from './state.ts';

/** Lambda ends a load of ten seconds. */
const longestWarmUpMs = 1_500;
/** No record has this key: it is only looked for. */
const noTask = DetectTaskId.parse('warm-up');

/**
 * Resolves when what the first poll needs was asked once. Lambda loads a module on a whole processor and polls on a
 * seventh of one, where the first calls of the key store and the database would take most of a second. The clock is right
 * then too. A store that is down does not fail the load: the poll asks again.
 */
export async function createHandler(env: PollEnv, storedKey: StoredKey) {
  const { TABLE_NAME: tableName, EVENT_BUS_NAME: eventBusName } = env;
  const dynamodb = new DynamoDBClient({ requestHandler });
  const clock = databaseClock(dynamodb);
  const { now } = clock;
  const telemetry = createTelemetry(tableName);
  const records = createRecords({ client: dynamodb, tableName, defaults: recordDefaultsOf(env), now });
  const apiKey = cachedKey(storedKey, now, telemetry.conceal);
  const invoke = assemblePoll(env, {
    dynamodb,
    records,
    put: eventBridge({ client: new EventBridgeClient({ requestHandler }), eventBusName }),
    crun: createCrunClient({ baseUrl: env.CRUN_BASE_URL }),
    apiKey,
    clock,
    random: Math.random,
    telemetry,
  });
  const warmUp = Promise.allSettled([apiKey.read(), records.read(noTask)]);
  await Promise.race([warmUp, setTimeout(longestWarmUpMs, undefined, { ref: false })]);
  return (event: unknown, context: Context) =>
    telemetry.during(context, idsOf(event), () => invoke(event, now() + context.getRemainingTimeInMillis()));
}
