import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { eventBridge } from '../../../functions/notify/event-bridge.ts';
import { detailTypes, EventDetail, eventOf } from '../../../functions/notify/event.ts';
import { bestEffort } from '../../../functions/notify/publish.ts';
import { none, recordsOf, taskId, testClock, written } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();
const clock = testClock();
const { records, publish, begun, completed, abandoned, headOf, events } = recordsOf(table, clock);
beforeEach(() => void (events.length = 0));

describe('the event', () => {
  it('names the task and its result, and shows nothing of a face', async () => {
    const head = await completed({
      media_url: 'https://media.example/me.jpg',
      callback_url: 'https://receiver.example/hook?token=t',
      metadata: { name: 'me' },
    });
    const { detailType, detail } = eventOf(head);
    expect(detailType).toBe('Face Detection Settled');
    expect(detail).toStrictEqual({
      version: 1,
      id: `${head.detect_task_id}_1_succeeded`,
      detect_task_id: head.detect_task_id,
      attempt: 1,
      status: 'succeeded',
      detect_id: 'm1oZzqYp9dN',
      face_count: 2,
      final_at: head.final_at,
      usable_until: head.usable_until,
      has_callback: true,
    });
    expect(JSON.stringify(detail)).not.toMatch(/https?:|name/);
  });

  it('of an abandoned task names the code, and whether it can be retried', async () => {
    const error = detectionError('PROVIDER_UNAVAILABLE', { message: 'their words' });
    const { detailType, detail } = eventOf(await written(records.abandon(await begun(), error, none)));
    expect(detailType).toBe('Face Detection Abandoned');
    expect(detail).toMatchObject({ error: { code: 'PROVIDER_UNAVAILABLE', retryable: true } });
    expect(detail).not.toHaveProperty('face_count');
    expect(detail).not.toHaveProperty('detect_id');
    expect(JSON.stringify(detail)).not.toContain('their words');
    expect(EventDetail.safeParse(detail).success).toBe(true);
  });
});

describe('publishing', () => {
  it('clears the due time of a record without a callback', async () => {
    const head = await completed();
    await publish(head);
    expect(await headOf(head.detect_task_id)).not.toHaveProperty('due_at');
    expect(events).toHaveLength(1);
    expect(table.calls()).toMatchObject({ UpdateItem: 2 });
  });

  it('begins the delivery of a record with a callback, and keeps it due', async () => {
    const head = await completed({ callback_url: 'https://receiver.example/hook' });
    await publish(head);
    const at = new Date(clock.now()).toISOString();
    expect(await headOf(head.detect_task_id)).toEqual({
      ...head,
      due_at: new Date(clock.now() + 300_000).toISOString(),
      delivery: {
        id: `${head.detect_task_id}_1_succeeded`,
        state: 'pending',
        attempts: 0,
        next_at: at,
        history: [],
      },
    });
  });

  it('keeps a record with orphaned pages due', async () => {
    const head = await completed();
    const withPages = { ...head, page_refs: new Set(['another.1']) };
    await publish(withPages);
    expect(await headOf(head.detect_task_id)).toHaveProperty('due_at');
  });

  it('writes nothing to a record that was retried meanwhile', async () => {
    const head = await abandoned();
    const again = { attempt: 2, execution_name: '2', execution_arn: 'arn' };
    const reopened = await records.reopen(head, again, 'new');
    expect(await publish(head)).toBe('conflict');
    expect(await headOf(head.detect_task_id)).toEqual(reopened);
  });

  it('by an invocation does not fail if the event bus is down, and leaves the record due', async () => {
    const head = await completed();
    const lines: unknown[] = [];
    const fault = Object.assign(new Error('with a secret in it'), { name: 'ThrottlingException' });
    await bestEffort(
      () => Promise.reject(fault),
      (line) => lines.push(line),
    )(head);
    expect(lines).toEqual([{ detect_task_id: head.detect_task_id, error: 'ThrottlingException' }]);
    expect(await headOf(head.detect_task_id)).toEqual(head);
  });
});

describe('the deployed event bus', () => {
  const client = mockClient(EventBridgeClient);
  afterAll(() => client.restore());
  const put = eventBridge({ client: new EventBridgeClient({ region: 'local' }), eventBusName: 'default' });
  beforeEach(() => client.reset());

  it('gets the event under our source, with the detail as JSON', async () => {
    client.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
    const head = await completed();
    const { detect_task_id: id } = head;
    const event = eventOf(head);
    await put(event);
    expect(client.commandCalls(PutEventsCommand)[0]?.args[0].input).toEqual({
      Entries: [
        {
          EventBusName: 'default',
          Source: 'face-detection-poller',
          DetailType: 'Face Detection Settled',
          Detail: JSON.stringify(event.detail),
          Resources: [`arn:aws:states:us-east-1:123456789012:execution:poller:1-${id}`],
        },
      ],
    });
  });

  it('that takes the call but not the event is an error', async () => {
    client.on(PutEventsCommand).resolves({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'their words' }],
    });
    await expect(put(eventOf(await completed()))).rejects.toThrow(
      'the event bus rejected an event: InternalFailure',
    );
  });

  it('gets events without an execution too', async () => {
    client.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    await put({ detailType: detailTypes.deliveryDue, detail: { detect_task_id: taskId('task') } });
    expect(client.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries).toMatchObject([
      { DetailType: 'Face Detection Delivery Due', Resources: [] },
    ]);
  });

  it('that gives no reason is an error too', async () => {
    client.on(PutEventsCommand).resolves({ FailedEntryCount: 1 });
    await expect(put(eventOf(await completed()))).rejects.toThrow('rejected an event: no reason given');
  });
});
