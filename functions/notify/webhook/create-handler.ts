/** The Deliver function at AWS. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';

import { databaseClock } from '../../clock.ts';
import { DetectTaskId } from '../../detection/input.ts';
import { recordDefaultsOf, sdkTransport as requestHandler } from '../../environment.ts';
import { createRecords } from '../../records/records.ts';
import { createTelemetry } from '../../telemetry/logs.ts';
import { assembleDeliver } from './assemble.ts';
import type { DeliverEnv } from './env.ts';
import { storedSecrets } from './secrets.ts';
import { createSender } from './send.ts';

const Event = z.object({ detail: z.object({ detect_task_id: DetectTaskId, id: z.optional(z.string()) }) });

export function createHandler(env: DeliverEnv) {
  const { TABLE_NAME: tableName, WEBHOOK_SECRET_ARN: secretArn } = env;
  const dynamodb = new DynamoDBClient({ requestHandler });
  const clock = databaseClock(dynamodb);
  const { now } = clock;
  const defaults = recordDefaultsOf(env);
  const telemetry = createTelemetry(tableName);
  const deliver = assembleDeliver({
    records: createRecords({ client: dynamodb, tableName, defaults, now }),
    secrets: storedSecrets({
      client: new SecretsManagerClient({ requestHandler }),
      secretArn,
      now,
      onRead: telemetry.conceal,
    }),
    send: createSender({ rule: defaults.callbacks ?? {} }),
    clock,
    random: Math.random,
    telemetry,
  });
  return async (event: unknown, context: Context) => {
    const { detect_task_id, id } = Event.parse(event).detail;
    return telemetry.during(context, { detect_task_id }, () => deliver(detect_task_id, id));
  };
}
