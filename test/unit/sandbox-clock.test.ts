/** Functions in a sandbox whose clock is wrong: what is expired, overdue or old is so by the database's clock alone. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Head } from '../../functions/records/item.ts';
import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import { type Aws, startAws } from '../support/aws.ts';
import { facesOf, ownerNamed, recordsOf, testDefaults, written } from '../support/records.ts';
import { captureTelemetry, type CapturedTelemetry, contextOf } from '../support/telemetry.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const apiKey = 'key-of-the-sandboxes';

let aws: Aws;
let provider: Simulator;
let telemetry: CapturedTelemetry & Disposable;
beforeEach(async () => {
  provider = await startSimulator({ apiKey });
  aws = await startAws(
    {
      STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:poller',
      SUBMIT_FUNCTION_ARN: 'arn:of:submit',
      WORKFLOW_TYPE: 'STANDARD',
      EVENT_BUS_NAME: 'the-bus',
      ARCHIVE_BUCKET: 'pictures',
      API_KEY_SECRET_ARN: 'the-secret',
      CRUN_BASE_URL: provider.baseUrl,
      RATE_LIMIT: '0',
      EXPERIMENTAL_VIDEO: '0',
    },
    {
      DescribeExecution: () => ({
        executionArn: 'arn',
        stateMachineArn: 'arn',
        startDate: 0,
        status: 'RUNNING',
      }),
      StartExecution: () => ({ executionArn: 'arn', startDate: 0 }),
      GetSecretValue: () => ({ SecretString: apiKey }),
      PutEvents: () => ({ FailedEntryCount: 0 }),
    },
  );
  telemetry = captureTelemetry();
});
afterEach(async () => {
  telemetry[Symbol.dispose]();
  await provider.close();
  await aws[Symbol.asyncDispose]();
});

const context = () => ({ ...contextOf('first'), getRemainingTimeInMillis: () => minute });
/** What a right clock reads and writes. */
const byDatabase = () =>
  recordsOf(aws, { now: () => Date.now() + aws.aheadMs }, { ...testDefaults, archives: true });

async function published(): Promise<Head> {
  const { completed, records } = byDatabase();
  return written(records.markPublished(await completed()));
}

const sweep = async () => (await import('../../functions/sweep/handler.ts')).handler({}, context());

describe('the Sweep function', () => {
  it('whose clock is two hours ahead ends no task that is polled', async () => {
    aws.aheadMs = -2 * hour;
    const { detect_task_id } = await byDatabase().begun();
    expect(await sweep()).toMatchObject({ lost: 0, failed: 0 });
    expect(await byDatabase().headOf(detect_task_id)).toMatchObject({ status: 'starting' });
  });

  it('whose clock is two days ahead gives no archive up', async () => {
    aws.aheadMs = -2 * day;
    const { detect_task_id } = await published();
    expect(await sweep()).toMatchObject({ failed: 0 });
    expect((await byDatabase().headOf(detect_task_id)).archive).toMatchObject({ state: 'pending' });
  });

  it('whose clock is 31 days ahead, or an hour short of a retention, deletes no pictures', async () => {
    for (const ahead of [31 * day, 30 * day - hour / 2]) {
      aws.aheadMs = -ahead;
      const head = await published();
      const archive = { state: 'complete', faces: 2, bytes: 9, at: head.updated_at } as const;
      await written(byDatabase().records.recordArchive(head, archive, 'finished'));
      expect(await sweep()).toMatchObject({ failed: 0, archiving: 0 });
    }
  });

  it('whose clock is two hours behind finds what is due in its second round at the latest', async () => {
    aws.aheadMs = 2 * hour;
    const { abandoned } = recordsOf(aws, { now: () => Date.now() + hour });
    const { detect_task_id } = await abandoned();
    await sweep();
    await sweep();
    expect(await byDatabase().headOf(detect_task_id)).not.toHaveProperty('due_at');
  });
});

it('the Poll function whose clock is 31 days ahead replaces no final record', async () => {
  aws.aheadMs = -31 * day;
  const { detect_task_id } = await published();
  const before = await byDatabase().headOf(detect_task_id);
  const { handler } = await import('../../functions/poll/handler.ts');
  const { execution_name, execution_arn } = ownerNamed('another');
  const invoked = await handler({ state: { detect_task_id }, execution_name, execution_arn }, context());
  expect(invoked).toMatchObject({ next: 'settled' });
  expect(await byDatabase().headOf(detect_task_id)).toEqual(before);
});

it('the Api function whose clock is 31 days ahead answers a start with the final record', async () => {
  aws.aheadMs = -31 * day;
  const { detect_task_id } = await published();
  const { handler } = await import('../../functions/api/handler.ts');
  const event = {
    rawPath: '/detections',
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ detect_task_id }),
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST' } },
  };
  const { body } = await handler(event, context());
  expect(JSON.parse(body)).toMatchObject({
    detect_task_id,
    status: 'succeeded',
    face_count: facesOf(2).length,
  });
});

it('the Submit function whose clock is five minutes ahead stores when the media was submitted', async () => {
  aws.aheadMs = -5 * minute;
  const { handler } = await import('../../functions/submit/handler.ts');
  const input = { media_url: 'https://media.example/a.jpg', idempotency_key: 'order-7' };
  const answer = await handler({ operation: 'detect', input }, context());
  const { submitted_at = '', created_at } = await byDatabase().headOf(
    (answer as { detect_task_id: string }).detect_task_id,
  );
  expect(Date.parse(created_at) - Date.parse(submitted_at)).toBeLessThan(minute);
  expect(Math.abs(Date.parse(submitted_at) - aws.aheadMs - Date.now())).toBeLessThan(minute);
});
