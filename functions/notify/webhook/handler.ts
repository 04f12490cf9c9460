/**
 * The Deliver function. Trigger: the event of a final record that has a callback, or the sweep's of a delivery that is
 * due. A duplicate is harmless: an attempt is claimed on the record before it is made.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';

import { DetectTaskId } from '../../detection/input.ts';
import { recordDefaultsOf, sdkTimeouts } from '../../environment.ts';
import { createRecords } from '../../records/records.ts';
import { createTelemetry } from '../../telemetry/logs.ts';
import { createDeliver } from './deliver.ts';
import { parseDeliverEnv } from './env.ts';
import { createPost } from './post.ts';
import { storedSecrets } from './secrets.ts';
import { createSender } from './send.ts';

const env = parseDeliverEnv(process.env);
const requestHandler = sdkTimeouts;
const now = Date.now;
const telemetry = createTelemetry(env.TABLE_NAME);

const records = createRecords({
  client: new DynamoDBClient({ requestHandler }),
  tableName: env.TABLE_NAME,
  defaults: recordDefaultsOf(env),
  now,
});
const secrets = storedSecrets({
  client: new SecretsManagerClient({ requestHandler }),
  secretArn: env.WEBHOOK_SECRET_ARN,
  now,
});
const deliver = createDeliver({
  records,
  ready: secrets,
  post: createPost({ send: createSender({ rule: records.defaults.callbacks ?? {} }), secrets, now }),
  clock: { now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
  random: Math.random,
  log: (line) => telemetry.log(line.delivery === 'exhausted' ? 'error' : 'info', 'delivered', line),
  measure: telemetry.measure,
});

const Event = z.object({ detail: z.object({ detect_task_id: DetectTaskId }) });

export const handler = async (event: unknown, context: Context) => {
  const { detect_task_id } = Event.parse(event).detail;
  return telemetry.during(context, { detect_task_id }, () => deliver(detect_task_id));
};
