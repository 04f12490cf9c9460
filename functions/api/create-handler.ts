/** The Api function at AWS. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';

import { systemClock } from '../clock.ts';
import { createService } from '../control/service.ts';
import { stepFunctions } from '../control/step-functions.ts';
import { recordDefaultsOf, sdkTransport as requestHandler } from '../environment.ts';
import { createRecords } from '../records/records.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import { createApi } from './api.ts';
import type { ApiEnv } from './env.ts';
import { gatewayAnswer, type GatewayEvent, requestOf } from './gateway.ts';

export function createHandler(env: ApiEnv) {
  const { TABLE_NAME: tableName, STATE_MACHINE_ARN: stateMachineArn, WORKFLOW_TYPE: type } = env;
  const { now } = systemClock;
  const dynamodb = new DynamoDBClient({ requestHandler });
  const telemetry = createTelemetry(tableName);
  const records = createRecords({ client: dynamodb, tableName, defaults: recordDefaultsOf(env), now });
  const workflow = stepFunctions({ client: new SFNClient({ requestHandler }), stateMachineArn, type });
  const answer = createApi({
    records,
    service: createService({ records, workflow, now }),
    log: (line) => telemetry.log('error', 'failed', line),
  });
  return (event: GatewayEvent, context: Context) =>
    telemetry.during(context, {}, async () => gatewayAnswer(await answer(requestOf(event)), event));
}
