import { ExecutionLimitExceeded, SFNServiceException } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';

import { createApi } from '../../../functions/api/api.ts';
import { gatewayAnswer, requestOf } from '../../../functions/api/gateway.ts';
import { apisOn, asking } from '../../support/apis.ts';
import { newId } from '../../support/records.ts';
import { noSubmitter } from '../../support/submitting.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const $metadata = { httpStatusCode: 400 };
const denied = new SFNServiceException({
  name: 'AccessDeniedException',
  $fault: 'client',
  message: 'arn:secret',
  $metadata,
});
const down = new SFNServiceException({ name: 'InternalError', $fault: 'server', $metadata });
const timedOut = Object.assign(new Error('at 10.0.0.1'), { name: 'TimeoutError' });

describe('a fault of our own parts', () => {
  it.each([
    ['too many executions', new ExecutionLimitExceeded({ message: '', $metadata }), 503],
    ['a service that is down', down, 503],
    ['a time-out', timedOut, 503],
    ["a proxy's page", Object.assign(new SyntaxError('<html>'), { $metadata }), 503],
    ['a missing permission', denied, 500],
    ['a bug', new TypeError('https://link of a face'), 500],
  ])('is answered without its own words, %s, with advice if it may pass', async (_what, error, status) => {
    const { ask, beforeStart, logged } = apisOn(table);
    beforeStart(() => {
      throw error;
    });
    const id = newId();
    const failed = await ask('POST /detections', { body: { detect_task_id: id } });
    expect([failed.status, failed.headers['retry-after']]).toEqual([
      status,
      status === 503 ? '5' : undefined,
    ]);
    expect(JSON.stringify(failed.body)).not.toContain(error.message || 'never');
    expect(logged).toMatchObject([{ operation: 'startDetection', error: { name: error.name } }]);
    expect(JSON.stringify(logged)).not.toContain(error.message || 'never');
    // Asking again heals what was begun.
    expect(await ask('POST /detections', { body: { detect_task_id: id } })).toMatchObject({ status: 200 });
  });

  it('is answered alike if the table throttles beyond the retries', async () => {
    const { ask } = apisOn(table);
    table.fail('GetItem', 'throttled', { times: 3 });
    expect(await ask(`GET /detections/${newId()}`)).toMatchObject({ status: 503 });
  });

  it('ends before the gateway would time out', async () => {
    const { ask, logged } = apisOn(table, { patienceMs: 100 });
    const { promise, resolve } = Promise.withResolvers<void>();
    table.before('GetItem', () => promise);
    const slow = ask(`GET /detections/${newId()}`);
    expect(await slow).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(logged).toMatchObject([{ operation: 'getDetection', error: { name: 'RequestTimeoutError' } }]);
    resolve();
  });

  it('is not one if another caller forgets a task that was just begun', async () => {
    const { ask, records, beforeStart } = apisOn(table);
    const id = newId();
    beforeStart(() => records.forget(id));
    expect(await ask('POST /detections', { body: { detect_task_id: id } })).toMatchObject({ status: 202 });
  });

  it('is answered also if a value is thrown that is not an error', async () => {
    const records = {
      list: () => Promise.reject('a word'), // oxlint-disable-line prefer-promise-reject-errors
    };
    const ask = asking(
      createApi({
        records: records as never,
        service: {} as never,
        submitter: noSubmitter,
        limit: {} as never,
        log: () => {},
      }),
    );
    expect(await ask('GET /detections')).toMatchObject({ status: 500 });
  });
});

describe('behind API Gateway', () => {
  const event = {
    rawPath: '/detections',
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: { http: { method: 'POST' } },
  };

  it.each([
    ['as text', (text: string) => ({ body: text, isBase64Encoded: false })],
    ['as Base64', (text: string) => ({ body: Buffer.from(text).toString('base64'), isBase64Encoded: true })],
  ])('a body is accepted %s', async (_how, encoded) => {
    const { answer } = apisOn(table);
    const body = JSON.stringify({ detect_task_id: newId(), metadata: { name: 'Zoë' } });
    const given = { ...event, ...encoded(body) };
    const answered = gatewayAnswer(await answer(requestOf(given)), given);
    expect(answered).toMatchObject({ statusCode: 202, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answered.body)).toMatchObject({ metadata: { name: 'Zoë' } });
  });

  it('a request without a body has none', async () => {
    const { answer } = apisOn(table);
    const get = { ...event, isBase64Encoded: false, requestContext: { http: { method: 'GET' } } };
    expect(gatewayAnswer(await answer(requestOf(get)), get)).toMatchObject({ statusCode: 200 });
  });
});
