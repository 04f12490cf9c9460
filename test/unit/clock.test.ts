import http from 'node:http';

import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';

import { databaseClock, systemClock } from '../../functions/clock.ts';
import { newHead } from '../../functions/records/head.ts';
import { createRecords } from '../../functions/records/records.ts';
import { newId, noonMs, ownerNamed, testDefaults } from '../support/records.ts';

/** Answers that nothing is there, at noon by its clock. */
let date: string | undefined = new Date(noonMs).toUTCString();
const server = http.createServer((_, response) => {
  response.sendDate = false;
  if (date !== undefined) response.setHeader('date', date);
  response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => server.close());

const open = () =>
  new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
const hour = 3_600_000;

describe('the clock of all that write to a table', () => {
  it.each([
    ['a year ahead', 365 * 24 * hour],
    ['two hours behind', -2 * hour],
    ['forty days behind', -40 * 24 * hour],
  ])('is corrected where it is %s', async (_how, offMs) => {
    const client = open();
    const { now } = databaseClock(client, { ...systemClock, now: () => noonMs + offMs });
    const records = createRecords({ client, tableName: 'any', defaults: testDefaults, now });
    const id = newId();
    expect(await records.read(id)).toEqual({ kind: 'absent' });
    const head = newHead({ detect_task_id: id }, ownerNamed(`1-${id}`), testDefaults, now());
    expect(head).toMatchObject({
      created_at: new Date(noonMs).toISOString(),
      deadline_at: new Date(noonMs + hour).toISOString(),
      expires_at: noonMs / 1_000 + testDefaults.retentionSeconds,
    });
    client.destroy();
  });

  it('is taken as it is where it is right, or where the answer states no time', async () => {
    const client = open();
    let offMs = 900;
    const { now } = databaseClock(client, { ...systemClock, now: () => noonMs + offMs });
    await client.send(new DescribeTableCommand({ TableName: 'any' }));
    expect(now()).toBe(noonMs + 900);
    date = undefined;
    offMs = hour;
    await client.send(new DescribeTableCommand({ TableName: 'any' }));
    expect(now()).toBe(noonMs + hour);
    client.destroy();
  });

  it('that is set right again is followed', async () => {
    date = new Date(noonMs).toUTCString();
    const client = open();
    let offMs = hour;
    const { now } = databaseClock(client, { ...systemClock, now: () => noonMs + offMs });
    await client.send(new DescribeTableCommand({ TableName: 'any' }));
    offMs = 0;
    await client.send(new DescribeTableCommand({ TableName: 'any' }));
    expect(now()).toBe(noonMs);
    client.destroy();
  });

  it.each([
    ['whose sandbox was frozen before it read an answer', 0, hour],
    ['whose answer was long under way, both ways', -hour, hour],
    ['that was set back while an answer was under way', hour, 0],
    ['that was set forward while an answer was under way', -hour, 0],
  ])('%s is not corrected', async (_what, askedMs, answeredMs) => {
    date = new Date(noonMs).toUTCString();
    const client = open();
    const readings = [askedMs, answeredMs];
    const { now } = databaseClock(client, { ...systemClock, now: () => noonMs + (readings.shift() ?? 0) });
    await client.send(new DescribeTableCommand({ TableName: 'any' }));
    expect(now()).toBe(noonMs);
    client.destroy();
  });
});
