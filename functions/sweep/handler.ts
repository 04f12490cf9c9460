/**
 * The Sweep function. Trigger: a schedule, every minute. Running twice at a time, late or in vain is harmless: every
 * step is a condition on the record as it was read.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';

import { createDeliveries } from '../detections/delivery.ts';
import { createForget } from '../detections/forget.ts';
import { createOverdue } from '../detections/overdue.ts';
import { createStore } from '../detections/store.ts';
import { recordDefaultsOf, sdkTimeouts } from '../environment.ts';
import { eventBridge } from '../publish/event-bridge.ts';
import { detailTypes } from '../publish/event.ts';
import { createPublish } from '../publish/publish.ts';
import { createStart } from '../start/start.ts';
import { stepFunctions } from '../start/step-functions.ts';
import { createTelemetry } from '../telemetry.ts';
import { parseSweepEnv } from './env.ts';
import { measureSweep } from './measure.ts';
import { createSweep } from './sweep.ts';

const env = parseSweepEnv(process.env);
const requestHandler = sdkTimeouts;
const now = Date.now;
const telemetry = createTelemetry(env.TABLE_NAME);
/** The record under way when the time is up gets this long. */
const reserveMs = 15_000;

const storeDeps = {
  client: new DynamoDBClient({ requestHandler }),
  tableName: env.TABLE_NAME,
  defaults: recordDefaultsOf(env),
  now,
};
const store = createStore(storeDeps);
const workflow = stepFunctions({
  client: new SFNClient({ requestHandler }),
  stateMachineArn: env.STATE_MACHINE_ARN,
  type: env.WORKFLOW_TYPE,
});
const deliveries = createDeliveries(storeDeps);
const put = eventBridge({
  client: new EventBridgeClient({ requestHandler }),
  eventBusName: env.EVENT_BUS_NAME,
});
const sweep = createSweep({
  store,
  deliveries,
  publish: createPublish({ put, deliveries }),
  startDelivery: (detect_task_id) => put({ detailType: detailTypes.deliveryDue, detail: { detect_task_id } }),
  overdue: createOverdue(storeDeps),
  start: createStart({ store, workflow, now }),
  forget: createForget({ ...storeDeps, store }),
  workflow,
  clock: { now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
  log: (line) => telemetry.log(line.sweep === 'failed' ? 'error' : 'info', 'swept', line),
  measure: telemetry.measure,
});

export const handler = (_event: unknown, context: Context) =>
  telemetry.during(context, {}, async () => {
    const tally = await sweep(now() + context.getRemainingTimeInMillis() - reserveMs);
    measureSweep(telemetry.measure, tally);
    return tally;
  });
