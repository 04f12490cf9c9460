/** Puts the Poll function together. The handlers, the local stack and the simulation all run this wiring. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import type { ApiKeyReader } from '../api-key/reader.ts';
import type { Clock } from '../clock.ts';
import type { CrunClient } from '../crun/client.ts';
import { bestEffort, createPublish, type PutEvent } from '../notify/publish.ts';
import { limitName } from '../rate-limit/inspect.ts';
import { createRateLimiter } from '../rate-limit/limiter.ts';
import { reportTo } from '../rate-limit/report.ts';
import type { Records } from '../records/records.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { PollEnv } from './env.ts';
import { createPoll, type PollDeps } from './invocation.ts';
import { type Policy, policyOf } from './policy.ts';
import { levelOf, polledMessage } from './report.ts';

type Env = Pick<
  PollEnv,
  | 'TABLE_NAME'
  | 'CRUN_BASE_URL'
  | 'RATE_LIMIT'
  | 'WORKFLOW_TYPE'
  | 'FIRST_INVOCATION_BUDGET_SECONDS'
  | 'LATER_INVOCATION_BUDGET_SECONDS'
>;

export interface PollClients extends Pick<PollDeps, 'isLost'> {
  records: Records;
  /** Holds the rate limit's items, in the table of the records. */
  dynamodb: DynamoDBClient;
  put: PutEvent;
  crun: Pick<CrunClient, 'getResult'>;
  apiKey: ApiKeyReader;
  clock: Clock;
  /** Drawn from [0, 1). */
  random: () => number;
  telemetry: Telemetry;
}

export function assemblePoll(
  env: Env,
  clients: PollClients,
  policy: Policy = policyOf(env.WORKFLOW_TYPE, {
    firstSeconds: env.FIRST_INVOCATION_BUDGET_SECONDS,
    laterSeconds: env.LATER_INVOCATION_BUDGET_SECONDS,
  }),
) {
  const { dynamodb, put, telemetry, ...others } = clients;
  const { records, clock, random } = others;
  const limiterDeps = {
    client: dynamodb,
    tableName: env.TABLE_NAME,
    name: limitName(env.CRUN_BASE_URL),
    perSecond: env.RATE_LIMIT,
    now: clock.now,
    random,
    ...reportTo(telemetry),
  };
  return createPoll({
    ...others,
    limiter: env.RATE_LIMIT > 0 ? createRateLimiter(limiterDeps) : undefined,
    policy,
    publish: bestEffort(createPublish({ put, records }), (line) =>
      telemetry.log('error', 'not published', line),
    ),
    log: (line) => telemetry.log(levelOf(line), polledMessage, line),
    measure: telemetry.measure,
  });
}
