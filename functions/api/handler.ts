/**
 * The Api function. Trigger: one request at the HTTP API. A duplicate is harmless: a start finds its record, a retry
 * the attempt under way, and what was forgotten already is not there.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';

import { createService } from '../control/service.ts';
import { stepFunctions } from '../control/step-functions.ts';
import { recordDefaultsOf, sdkTimeouts } from '../environment.ts';
import { createRecords } from '../records/records.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import { createApi } from './api.ts';
import { parseApiEnv } from './env.ts';
import { gatewayAnswer, type GatewayEvent, requestOf } from './gateway.ts';

const env = parseApiEnv(process.env);
const requestHandler = sdkTimeouts;
const telemetry = createTelemetry(env.TABLE_NAME);

const records = createRecords({
  client: new DynamoDBClient({ requestHandler }),
  tableName: env.TABLE_NAME,
  defaults: recordDefaultsOf(env),
  now: Date.now,
});
const workflow = stepFunctions({
  client: new SFNClient({ requestHandler }),
  stateMachineArn: env.STATE_MACHINE_ARN,
  type: env.WORKFLOW_TYPE,
});
const service = createService({ records, workflow, now: Date.now });
const answer = createApi({ records, service, log: (line) => telemetry.log('error', 'failed', line) });

export const handler = (event: GatewayEvent, context: Context) =>
  telemetry.during(context, {}, async () => gatewayAnswer(await answer(requestOf(event))));
