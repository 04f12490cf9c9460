/** Puts the submission together. The function, the local stack and the simulation all run this wiring. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { limitName } from '../rate-limit/inspect.ts';
import { createRateLimiter } from '../rate-limit/limiter.ts';
import { reportTo } from '../rate-limit/report.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { createDetect, type Detect, type DetectDeps } from './detect.ts';
import { createSubmissions } from './item.ts';

export interface SubmitSettings {
  tableName: string;
  baseUrl: string;
  /** Names the provider, whatever the spelling of its address or the port of a simulator. */
  provider: string;
  /** Calls a second; 0 is no limit. */
  rateLimit: number;
  experimentalVideo: boolean;
}

export interface SubmitClients extends Pick<DetectDeps, 'service' | 'records' | 'crun' | 'apiKey' | 'clock'> {
  /** Holds the submissions and the rate limit's items, in the table of the records. */
  dynamodb: DynamoDBClient;
  /** Drawn from [0, 1). */
  random: () => number;
  telemetry: Telemetry;
}

export function assembleDetect(settings: SubmitSettings, clients: SubmitClients): Detect {
  const { tableName, baseUrl, provider, rateLimit, experimentalVideo } = settings;
  const { dynamodb: client, random, telemetry, ...others } = clients;
  const { now } = others.clock;
  const limiterDeps = {
    client,
    tableName,
    name: limitName(baseUrl),
    perSecond: rateLimit,
    now,
    random,
    ...reportTo(telemetry),
  };
  return createDetect({
    ...others,
    submissions: createSubmissions({ client, tableName, provider, now }),
    limiter: rateLimit > 0 ? createRateLimiter(limiterDeps) : undefined,
    experimentalVideo,
    measure: telemetry.measure,
    log: (line) => telemetry.log(line.outcome === 'unknown' ? 'error' : 'info', 'submitted', line),
  });
}
