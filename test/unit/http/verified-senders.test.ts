/** No variable of the environment makes a sender trust a stranger. */
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { fetchPicture } from '../../../cli/console-pictures.ts';
import { compareClocks } from '../../../cli/doctor/provider.ts';
import { getChecked } from '../../../client/checked-request.ts';
import { awsConfig } from '../../../client/stack-outputs.ts';
import { uploadFile } from '../../../client/upload.ts';
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

const upload = (baseUrl: string): Promise<unknown> =>
  uploadFile({ name: 'a.png', bytes: Buffer.from('a picture') }, async () => ({
    presigned_url: `${baseUrl}/a.png?signed`,
    file_url: `${baseUrl}/a.png`,
  }));

it.each<[string, (baseUrl: string) => Promise<unknown>]>([
  ['a poll', (baseUrl) => ask(baseUrl)],
  ['a submission', submit],
  ['the SDK in a function', (baseUrl) => describeTable(baseUrl, { requestHandler: sdkTransport })],
  ['the SDK in the client', (baseUrl) => describeTable(baseUrl, awsConfig({}))],
  ['an upload', upload],
  ['the download of a picture', (baseUrl) => getChecked(baseUrl, { maxBytes: 100 })],
  ['a picture of the console', async (baseUrl) => void (await fetchPicture(new URL(baseUrl)))],
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
