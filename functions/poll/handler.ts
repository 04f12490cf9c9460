/**
 * The Poll function. Trigger: the workflow's Poll state, once per visit. A duplicate invocation is harmless: it finds
 * the record final, or makes one more harmless GET.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';

import { createCrunClient } from '../crun/client.ts';
import { createStore } from '../detections/store.ts';
import { recordDefaultsOf, sdkTimeouts } from '../environment.ts';
import { createTelemetry } from '../telemetry.ts';
import { secretKey } from './api-key.ts';
import { parsePollEnv } from './env.ts';
import { levelOf } from './log-line.ts';
import { standardPolicy } from './policy.ts';
import { createPoll } from './poll.ts';
import { idsOf } from './state.ts';

const env = parsePollEnv(process.env);
const requestHandler = sdkTimeouts;
const now = Date.now;
const telemetry = createTelemetry(env.TABLE_NAME);

const visit = createPoll({
  store: createStore({
    client: new DynamoDBClient({ requestHandler }),
    tableName: env.TABLE_NAME,
    defaults: recordDefaultsOf(env),
    now,
  }),
  crun: createCrunClient({ baseUrl: env.CRUN_BASE_URL }),
  apiKey: secretKey({
    client: new SecretsManagerClient({ requestHandler }),
    secretArn: env.API_KEY_SECRET_ARN,
    now,
  }),
  clock: { now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
  random: Math.random,
  policy: standardPolicy,
  log: (line) => telemetry.log(levelOf(line), 'polled', line),
  measure: telemetry.measure,
});

export const handler = (event: unknown, context: Context) =>
  telemetry.during(context, idsOf(event), () => visit(event, now() + context.getRemainingTimeInMillis()));
