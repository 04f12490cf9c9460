/** A failing database behind the SDK as the functions configure it, over real sockets. */
import type { RequestListener } from 'node:http';
import net from 'node:net';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';

import { sdkTransport } from '../../../functions/environment.ts';
import { createRecords } from '../../../functions/records/records.ts';
import { testDefaults, taskId } from '../../support/records.ts';
import { httpServer, listening, unusedPort } from '../../support/servers.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

/** The functions' own settings, with a shorter time-out where a test waits for it. */
const storeAt = (endpoint: string, requestTimeout = sdkTransport.requestTimeout) =>
  createRecords({
    client: new DynamoDBClient({
      endpoint,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: { ...sdkTransport, requestTimeout },
    }),
    tableName: 'any',
    defaults: testDefaults,
    now: Date.now,
  });

const fault = (name: string) => `{"__type":"com.amazonaws.dynamodb.v20120810#${name}"}`;
/** One answer after the other; the last repeats. */
const says =
  (...answers: [status: number, body: string][]): RequestListener =>
  (_, response) => {
    const [status, body] = (answers.length > 1 ? answers.shift() : answers[0]) as [number, string];
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
  };

describe('a database', () => {
  it.each([
    ['fails internally', 500, 'InternalServerError'],
    ['is unavailable for a moment', 503, 'ServiceUnavailable'],
    ['throttles', 400, 'ProvisionedThroughputExceededException'],
    ['throttles a hot partition', 400, 'ThrottlingException'],
  ])('that %s is retried', async (_what, status, name) => {
    await using server = await httpServer(says([status, fault(name)], [status, fault(name)], [200, '{}']));
    expect(await storeAt(server.baseUrl).read(taskId('task'))).toEqual({ kind: 'absent' });
  });

  it('that goes on failing is thrown under its name, which the workflow retries', async () => {
    await using server = await httpServer(says([500, fault('InternalServerError')]));
    await expect(storeAt(server.baseUrl).read(taskId('task'))).rejects.toThrow(
      expect.objectContaining({ name: 'InternalServerError' }),
    );
    expect(server.connections).toBeGreaterThan(0);
  });

  it('that never answers runs into the time-out', async () => {
    expect(sdkTransport).toMatchObject({
      connectionTimeout: 2_000,
      requestTimeout: 5_000,
      throwOnRequestTimeout: true,
    });
    await using server = await listening(net.createServer());
    const value = await Promise.allSettled([storeAt(server.baseUrl, 100).read(taskId('task'))]);
    expect(value).toMatchObject([{ status: 'rejected', reason: { name: 'TimeoutError' } }]);
    expect(server.connections).toBeLessThanOrEqual(4);
  });

  it('that refuses connections is thrown', async () => {
    const records = storeAt(`http://127.0.0.1:${await unusedPort()}`);
    await expect(records.read(taskId('task'))).rejects.toThrow(
      expect.objectContaining({ code: 'ECONNREFUSED' }),
    );
  });

  it.each([
    ['has no such table', 'ResourceNotFoundException'],
    ['may not be read', 'AccessDeniedException'],
  ])('that %s is thrown at once', async (_what, name) => {
    let requests = 0;
    await using server = await httpServer((request, response) => {
      requests++;
      says([400, fault(name)])(request, response);
    });
    await expect(storeAt(server.baseUrl).read(taskId('task'))).rejects.toThrow(
      expect.objectContaining({ name }),
    );
    expect(requests).toBe(1);
  });

  it('without the table is thrown under its own name', async () => {
    const records = createRecords({
      client: table.client,
      tableName: 'another-table',
      defaults: testDefaults,
      now: Date.now,
    });
    await expect(records.read(taskId('task'))).rejects.toThrow(
      expect.objectContaining({ name: 'ResourceNotFoundException' }),
    );
  });
});
