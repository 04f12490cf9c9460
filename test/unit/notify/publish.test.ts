import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { eventBridge } from '../../../functions/notify/event-bridge.ts';
import { detailTypes, EventDetail, eventOf } from '../../../functions/notify/event.ts';
import { bestEffort } from '../../../functions/notify/publish.ts';
import { answerOf, facesOf, none, recordsOf, some, testClock, taskId } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();
const clock = testClock();
const { records, publish, begun, headOf, events } = recordsOf(table, clock);
beforeEach(() => {
  table.reset();
  events.length = 0;
});

const settled = async (input: Parameters<typeof begun>[0] = {}, faces = facesOf(2)) => {
  const head = await records.complete(await begun(input), answerOf(faces), some);
  if (head === 'conflict') throw new Error('nobody else settles it');
  return head;
};

describe('the event', () => {
  it('says what happened to which task, and shows nothing of a face', async () => {
    const head = await settled({
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

  it('of a missing answer names the code, and whether a retry may help', async () => {
    const error = detectionError('PROVIDER_UNAVAILABLE', { message: 'their words' });
    const head = await records.abandon(await begun(), error, none);
    if (head === 'conflict') throw new Error('nobody else abandons it');
    const { detailType, detail } = eventOf(head);
    expect(detailType).toBe('Face Detection Abandoned');
    expect(detail).toMatchObject({ error: { code: 'PROVIDER_UNAVAILABLE', retryable: true } });
    expect(detail).not.toHaveProperty('face_count');
    expect(detail).not.toHaveProperty('detect_id');
    expect(JSON.stringify(detail)).not.toContain('their words');
    expect(EventDetail.safeParse(detail).success).toBe(true);
  });
});

describe('publishing', () => {
  it('leaves a record without a callback due no more', async () => {
    const head = await settled();
    await publish(head);
    expect(await headOf(head.detect_task_id)).not.toHaveProperty('due_at');
    expect(events).toHaveLength(1);
    expect(table.calls()).toMatchObject({ UpdateItem: 2 });
  });

  it('begins the push of one that has a callback, due again in case nobody takes it up', async () => {
    const head = await settled({ callback_url: 'https://receiver.example/hook' });
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

  it('keeps a record due under which an invocation left pages', async () => {
    const head = await settled();
    const withPages = { ...head, page_refs: new Set(['somebody.1']) };
    await publish(withPages);
    expect(await headOf(head.detect_task_id)).toHaveProperty('due_at');
  });

  it('writes nothing where the record was taken up again meanwhile', async () => {
    const head = await records.abandon(await begun(), detectionError('CANCELLED'), none);
    if (head === 'conflict') throw new Error('nobody else abandons it');
    const again = { attempt: 2, execution_name: '2', execution_arn: 'arn' };
    const reopened = await records.reopen(head, again, 'new');
    expect(await publish(head)).toBe('conflict');
    expect(await headOf(head.detect_task_id)).toEqual(reopened);
  });

  it('of an invocation costs nobody the answer where the event bus is down, and leaves the record due', async () => {
    const head = await settled();
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

  it('is told under our source, with the detail as JSON', async () => {
    client.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
    const head = await settled();
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

  it('that takes the call but not the event has not been told', async () => {
    client.on(PutEventsCommand).resolves({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'their words' }],
    });
    await expect(put(eventOf(await settled()))).rejects.toThrow(
      'the event bus rejected an event: InternalFailure',
    );
  });

  it('is told of what concerns no execution too', async () => {
    client.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    await put({ detailType: detailTypes.deliveryDue, detail: { detect_task_id: taskId('task') } });
    expect(client.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries).toMatchObject([
      { DetailType: 'Face Detection Delivery Due', Resources: [] },
    ]);
  });

  it('that gives no reason has not been told either', async () => {
    client.on(PutEventsCommand).resolves({ FailedEntryCount: 1 });
    await expect(put(eventOf(await settled()))).rejects.toThrow('rejected an event: no reason given');
  });
});
