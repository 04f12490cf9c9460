/**
 * The Sweep function. Trigger: a schedule, every minute. Running twice at a time, late or in vain is harmless: every
 * step is a condition on the record as it was read.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';

import { ensureRunning } from '../control/start.ts';
import { stepFunctions } from '../control/step-functions.ts';
import { recordDefaultsOf, sdkTimeouts } from '../environment.ts';
import { eventBridge } from '../notify/event-bridge.ts';
import { detailTypes } from '../notify/event.ts';
import { createPublish } from '../notify/publish.ts';
import { createRecords } from '../records/records.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import { parseSweepEnv } from './env.ts';
import { measureSweep } from './measure.ts';
import { createSweep } from './sweep.ts';

const env = parseSweepEnv(process.env);
const requestHandler = sdkTimeouts;
const now = Date.now;
const telemetry = createTelemetry(env.TABLE_NAME);
/** The record under way when the time is up gets this long. */
const reserveMs = 15_000;

const records = createRecords({
  client: new DynamoDBClient({ requestHandler }),
  tableName: env.TABLE_NAME,
  defaults: recordDefaultsOf(env),
  now,
});
const workflow = stepFunctions({
  client: new SFNClient({ requestHandler }),
  stateMachineArn: env.STATE_MACHINE_ARN,
  type: env.WORKFLOW_TYPE,
});
const put = eventBridge({
  client: new EventBridgeClient({ requestHandler }),
  eventBusName: env.EVENT_BUS_NAME,
});
const sweep = createSweep({
  records,
  publish: createPublish({ put, records }),
  startDelivery: (detect_task_id) => put({ detailType: detailTypes.deliveryDue, detail: { detect_task_id } }),
  ensureRunning: (head) => ensureRunning({ records, workflow }, head),
  workflow,
  clock: { now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
  log: (line) => telemetry.log(line.sweep === 'failed' ? 'error' : 'info', 'swept', line),
  measure: telemetry.measure,
});

export const handler = (_event: unknown, context: Context) =>
  telemetry.during(context, {}, async () => {
    const counts = await sweep(now() + context.getRemainingTimeInMillis() - reserveMs);
    measureSweep(telemetry.measure, counts);
    return counts;
  });
