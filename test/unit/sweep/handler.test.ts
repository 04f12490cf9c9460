import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { newHead } from '../../../functions/records/head.ts';
import { createRecords } from '../../../functions/records/records.ts';
import { tableName } from '../../../local/table.ts';
import { type Aws, startAws } from '../../support/aws.ts';
import { none, ownerNamed, testDefaults, taskId } from '../../support/records.ts';
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
      DescribeExecution: () => ({ status: 'ABORTED' }),
      StartExecution: () => ({ executionArn: 'arn', startDate: 0 }),
    });
    ({ handler } = await import('../../../functions/sweep/handler.ts'));
  });
  afterAll(() => aws[Symbol.asyncDispose]());

  /** Records that nobody was heard of for an hour. */
  function anHourAgo() {
    const deps = { client: aws.client, tableName, defaults: testDefaults, now: () => nowMs - 3_600_000 };
    const records = createRecords(deps);
    const begin = async (id: string, input = {}) => {
      const fresh = newHead(
        { detect_task_id: taskId(id), ...input },
        ownerNamed(`1-${id}`),
        testDefaults,
        deps.now(),
      );
      const head = await records.create(fresh, { mayReplaceTombstone: true });
      if (head === 'conflict') throw new Error(`${id}: is there already`);
      return head;
    };
    return { records, begin };
  }
  const invoke = (remainingMs: number) =>
    handler({}, { ...contextOf('first'), getRemainingTimeInMillis: () => remainingMs });

  it('ends, tells and measures what is overdue, and logs each', async () => {
    const { records, begin } = anHourAgo();
    await begin('stopped', { deadline_seconds: 86_400 });
    await records.abandon(await begin('untold'), detectionError('UNAUTHORIZED'), none);
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

  it('begins the delivery of what somebody waits for', async () => {
    const { records, begin } = anHourAgo();
    const callback_url = 'https://hook.example/';
    await records.abandon(await begin('pushed', { callback_url }), detectionError('UNAUTHORIZED'), none);
    using telemetry = captureTelemetry();
    expect(await invoke(60_000)).toMatchObject({ published: 1 });
    expect(telemetry.text()).not.toContain('hook.example');
    const record = await records.read(taskId('pushed'));
    expect(record).toMatchObject({ kind: 'head', head: { delivery: { state: 'pending' } } });
  });

  it('logs as an error what it fails over', async () => {
    const { records, begin } = anHourAgo();
    await records.abandon(await begin('denied'), detectionError('UNAUTHORIZED'), none);
    refused = 1;
    using telemetry = captureTelemetry();
    expect(await invoke(60_000)).toMatchObject({ failed: 1 });
    expect(telemetry.lines()).toMatchObject([
      { level: 'ERROR', message: 'swept', detect_task_id: 'denied', sweep: 'failed', error: 'Error' },
    ]);
  });

  it('ends fifteen seconds before its time is up', async () => {
    const { records, begin } = anHourAgo();
    await records.abandon(await begin('left'), detectionError('UNAUTHORIZED'), none);
    const before = aws.calls.length;
    using _ = captureTelemetry();
    expect(await invoke(15_000)).toMatchObject({ failed: 0, published: 0 });
    expect(aws.calls).toHaveLength(before);
  });
});
