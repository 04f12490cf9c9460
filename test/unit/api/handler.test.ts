import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Aws, startAws } from '../../support/aws.ts';
import { captureTelemetry, contextOf } from '../../support/telemetry.ts';

describe('the Api function', () => {
  let aws: Aws;
  let handler: (typeof import('../../../functions/api/handler.ts'))['handler'];
  const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:poller';
  let isDown = false;
  beforeAll(async () => {
    aws = await startAws(
      {
        STATE_MACHINE_ARN: stateMachineArn,
        SUBMIT_FUNCTION_ARN: 'arn',
        WORKFLOW_TYPE: 'STANDARD',
        CRUN_BASE_URL: 'https://provider.test',
        RATE_LIMIT: '2',
      },
      { StartExecution: () => (isDown ? undefined : { executionArn: 'arn', startDate: 0 }) },
    );
    ({ handler } = await import('../../../functions/api/handler.ts'));
  });
  afterAll(() => aws[Symbol.asyncDispose]());

  const request = (method: string, rawPath: string, body?: string, isBase64Encoded = false) =>
    handler(
      {
        rawPath,
        rawQueryString: '',
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
        isBase64Encoded,
        requestContext: { http: { method } },
      },
      contextOf('first'),
    );

  it('starts a task and answers with its record', async () => {
    using _ = captureTelemetry();
    const started = await request('POST', '/detections', JSON.stringify({ detect_task_id: 'task' }));
    expect(started.statusCode).toBe(202);
    expect(JSON.parse(started.body)).toMatchObject({ detect_task_id: 'task', status: 'starting' });
    expect(aws.calls).toMatchObject([
      { action: 'StartExecution', input: { stateMachineArn, name: '1-task' } },
    ]);
    const found = await request('GET', '/detections/task');
    expect(found).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-store' } });
    expect(JSON.parse(found.body)).toMatchObject({ detect_task_id: 'task', deadline_seconds: 3_600 });
  });

  it('accepts a body that the gateway has encoded', async () => {
    using _ = captureTelemetry();
    const body = Buffer.from(JSON.stringify({ detect_task_id: 'encoded' })).toString('base64');
    expect(await request('POST', '/detections', body, true)).toMatchObject({ statusCode: 202 });
  });

  it('logs our own fault under the request id, and does not disclose it', async () => {
    isDown = true;
    using telemetry = captureTelemetry();
    const answer = await request('POST', '/detections', JSON.stringify({ detect_task_id: 'failing' }));
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('UnknownOperation');
    expect(telemetry.lines()).toMatchObject([{ level: 'ERROR', message: 'failed', request_id: 'first' }]);
  });
});
