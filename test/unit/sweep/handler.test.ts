import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { tableName } from '../../../local/table.ts';
import { type Aws, startAws } from '../../support/aws.ts';
import { recordsOf } from '../../support/records.ts';
import { captureTelemetry, contextOf } from '../../support/telemetry.ts';

const environment = {
  STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:poller',
  WORKFLOW_TYPE: 'STANDARD',
  EVENT_BUS_NAME: 'the-bus',
};
const nowMs = Date.now();

describe('the Sweep function', () => {
  let aws: Aws;
  let refused = 0;
  type Handler = (typeof import('../../../functions/sweep/handler.ts'))['handler'];
  let handler: Handler;
  beforeAll(async () => {
    aws = await startAws(environment, {
      PutEvents: () => ({ FailedEntryCount: refused }),
      DescribeExecution: ({ executionArn }) => ({
        executionArn,
        stateMachineArn: 'arn:of:the:workflow',
        startDate: 0,
        status: 'ABORTED',
      }),
      StartExecution: () => ({ executionArn: 'arn', startDate: 0 }),
    });
    ({ handler } = await import('../../../functions/sweep/handler.ts'));
  });
  afterAll(() => aws[Symbol.asyncDispose]());

  /** Records whose lease expired an hour ago. */
  const anHourAgo = () => recordsOf(aws, { now: () => nowMs - 3_600_000 });
  const invoke = (remainingMs: number) =>
    handler({}, { ...contextOf('first'), getRemainingTimeInMillis: () => remainingMs });

  it('ends, publishes and measures due records, and logs each', async () => {
    const { begun, abandoned } = anHourAgo();
    await begun({ deadline_seconds: 86_400 });
    await abandoned();
    using telemetry = captureTelemetry();
    expect(await invoke(60_000)).toMatchObject({ cancelled: 1, published: 1, failed: 0 });
    expect(aws.calls.map(({ action }) => action).toSorted()).toEqual([
      'DescribeExecution',
      'PutEvents',
      'PutEvents',
    ]);
    expect(aws.calls.at(-1)?.input).toMatchObject({ Entries: [{ EventBusName: 'the-bus' }] });
    expect(telemetry.lines()).toMatchObject([
      { level: 'INFO', message: 'swept', sweep: expect.stringMatching(/^(published|cancelled)$/) as unknown },
      { level: 'INFO', message: 'swept', sweep: expect.stringMatching(/^(published|cancelled)$/) as unknown },
    ]);
    expect(telemetry.documents()).toContainEqual(
      expect.objectContaining({ TableName: tableName, Overdue: 1 }),
    );
  });

  it('begins the delivery of a record with a callback', async () => {
    const { abandoned, headOf } = anHourAgo();
    const { detect_task_id } = await abandoned({ callback_url: 'https://hook.example/' });
    using telemetry = captureTelemetry();
    expect(await invoke(60_000)).toMatchObject({ published: 1 });
    expect(telemetry.text()).not.toContain('hook.example');
    expect(await headOf(detect_task_id)).toMatchObject({ delivery: { state: 'pending' } });
  });

  it('logs a record that fails as an error', async () => {
    const { detect_task_id } = await anHourAgo().abandoned();
    refused = 1;
    using telemetry = captureTelemetry();
    expect(await invoke(60_000)).toMatchObject({ failed: 1 });
    expect(telemetry.lines()).toMatchObject([
      { level: 'ERROR', message: 'swept', detect_task_id, sweep: 'failed', error: 'Error' },
    ]);
  });

  it('ends fifteen seconds before its time-out', async () => {
    await anHourAgo().abandoned();
    const before = aws.calls.length;
    using _ = captureTelemetry();
    expect(await invoke(15_000)).toMatchObject({ failed: 0, published: 0 });
    expect(aws.calls).toHaveLength(before);
  });
});
