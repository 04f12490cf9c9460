/** Puts the Poll function together, but for the store of its key: each store's client is a handler's own. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Context } from 'aws-lambda';
import type * as z from 'zod/mini';

import { cachedKey, type StoredKey } from '../api-key/reader.ts';
import { createCrunClient } from '../crun/client.ts';
import { recordDefaultsOf, sdkTimeouts } from '../environment.ts';
import { eventBridge } from '../notify/event-bridge.ts';
import { bestEffort, createPublish } from '../notify/publish.ts';
import { createRateLimiter } from '../rate-limit/limiter.ts';
import { createRecords } from '../records/records.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import type { PollEnv } from './env.ts';
import { createPoll } from './invocation.ts';
import { levelOf } from './log-line.ts';
import { policyOf } from './policy.ts';
import { idsOf } from './state.ts';

export function createHandler(env: z.infer<typeof PollEnv>, storedKey: StoredKey) {
  const requestHandler = sdkTimeouts;
  const now = Date.now;
  const telemetry = createTelemetry(env.TABLE_NAME);

  const recordsDeps = {
    client: new DynamoDBClient({ requestHandler }),
    tableName: env.TABLE_NAME,
    defaults: recordDefaultsOf(env),
    now,
  };
  const records = createRecords(recordsDeps);
  const publish = createPublish({
    put: eventBridge({ client: new EventBridgeClient({ requestHandler }), eventBusName: env.EVENT_BUS_NAME }),
    records,
  });
  const rateDeps = {
    ...recordsDeps,
    name: new URL(env.CRUN_BASE_URL).hostname,
    perSecond: env.RATE_LIMIT,
    random: Math.random,
    unreachable(error: unknown) {
      telemetry.measure('rateUnreachable', 1);
      telemetry.log('error', 'rate unreachable', { error });
    },
  };
  const invoke = createPoll({
    rate: env.RATE_LIMIT > 0 ? createRateLimiter(rateDeps) : undefined,
    records,
    publish: bestEffort(publish, ({ detect_task_id, error }) =>
      telemetry.log('error', 'not told', { detect_task_id, error }),
    ),
    crun: createCrunClient({ baseUrl: env.CRUN_BASE_URL }),
    apiKey: cachedKey(storedKey, now),
    clock: { now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    random: Math.random,
    policy: policyOf(env.WORKFLOW_TYPE, env.INVOCATION_BUDGET_SECONDS),
    log: (line) => telemetry.log(levelOf(line), 'polled', line),
    measure: telemetry.measure,
  });

  return (event: unknown, context: Context) =>
    telemetry.during(context, idsOf(event), () => invoke(event, now() + context.getRemainingTimeInMillis()));
}
