/** No variable of the environment makes a sender trust a stranger. */
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { compareClocks } from '../../../cli/doctor/provider.ts';
import { awsConfig } from '../../../client/stack-outputs.ts';
import { createCrunClient } from '../../../functions/crun/client.ts';
import { createDetection } from '../../../functions/crun/create.ts';
import { sdkTransport } from '../../../functions/environment.ts';
import { certificate } from '../../support/certificate.ts';
import { ask, httpsServer } from '../../support/servers.ts';

beforeEach(() => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  // Node warns of the variable.
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const describeTable = (endpoint: string, config: object) =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
    ...config,
  }).send(new DescribeTableCommand({ TableName: 'table' }));

function submit(baseUrl: string): Promise<unknown> {
  const media = { media_url: 'https://media.example/a.jpg', media_type: 'image' } as const;
  const crun = createCrunClient({ baseUrl });
  return createDetection({ crun, now: Date.now }, media, { apiKey: 'key', timeoutMs: 2_000 });
}

it.each<[string, (baseUrl: string) => Promise<unknown>]>([
  ['a poll', (baseUrl) => ask(baseUrl)],
  ['a submission', submit],
  ['the SDK in a function', (baseUrl) => describeTable(baseUrl, { requestHandler: sdkTransport })],
  ['the SDK in the client', (baseUrl) => describeTable(baseUrl, awsConfig({}))],
  ['the comparison of clocks', (baseUrl) => compareClocks(baseUrl, Date.now)],
])('%s sends nothing to a server that signed its own certificate', async (_sender, send) => {
  let requests = 0;
  await using server = await httpsServer(certificate(), (_, response) => {
    requests++;
    response.end('{}');
  });
  await send(server.baseUrl).catch(() => {});
  expect(server.connections).toBe(1);
  expect(requests).toBe(0);
});
