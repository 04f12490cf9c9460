import { describe, expect, it } from 'vitest';

import type { Head } from '../../../functions/records/item.ts';
import { currentDelivery, isPublished } from '../../../functions/records/outbox.ts';
import { none, ownerNamed, recordsOf, testClock, written } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const callback_url = 'https://receiver.example/faces';
const clock = testClock();
const { records, publish, begun, completed, headOf } = recordsOf(table, clock);

async function published(input: Parameters<typeof begun>[0] = { callback_url }): Promise<Head> {
  const head = await completed(input);
  await publish(head);
  return headOf(head.detect_task_id);
}
async function delivered(): Promise<Head> {
  const head = await published();
  const delivery = currentDelivery(head);
  if (delivery === undefined) throw new Error('publishing begins it');
  const history = [{ at: new Date(clock.now()).toISOString(), status: 204 }];
  await records.recordDelivery(head, { ...delivery, state: 'delivered', attempts: 1, history }, undefined);
  return headOf(head.detect_task_id);
}

describe('a final record', () => {
  it('is published once it has a delivery or, without a callback, is no longer due', async () => {
    expect(isPublished(await completed({ callback_url }))).toBe(false);
    expect(isPublished(await published())).toBe(true);
    expect(isPublished(await delivered())).toBe(true);
    expect(isPublished(await completed({}))).toBe(false);
    expect(isPublished(await published({}))).toBe(true);
  });

  it('has the delivery of its present result, and none of an earlier one', async () => {
    const head = await delivered();
    expect(currentDelivery(head)).toBe(head.delivery);
    expect(currentDelivery({ ...head, attempt: 2 })).toBeUndefined();
    expect(currentDelivery({ ...head, status: 'failed' })).toBeUndefined();
    expect(isPublished({ ...head, attempt: 2 })).toBe(false);
  });
});

describe('redelivering', () => {
  it('begins again under the same id, and keeps the history', async () => {
    const head = await delivered();
    expect(head).not.toHaveProperty('due_at');
    clock.pass(60_000);
    const at = new Date(clock.now()).toISOString();
    expect(await records.redeliver(head)).toMatchObject({
      due_at: at,
      delivery: { ...head.delivery, state: 'pending', attempts: 0, next_at: at },
    });
  });

  it('of an unpublished record publishes it first', async () => {
    const head = await completed({ callback_url });
    clock.pass(1_000);
    const again = await records.redeliver(head);
    expect(again).toMatchObject({ due_at: new Date(clock.now()).toISOString() });
    expect(again).not.toHaveProperty('delivery');
  });

  it('does nothing for an open record or one without a callback', async () => {
    const open = await begun({ callback_url });
    const silent = await published({});
    table.reset();
    expect(await records.redeliver(open)).toBe('not-final');
    expect(await records.redeliver(silent)).toBe('no-callback');
    expect(table.calls()).toEqual({});
  });

  it('conflicts with any write since the record was read', async () => {
    const head = await delivered();
    await records.redeliver(head);
    expect(await records.redeliver(head)).toBe('conflict');
    const final = await completed({ callback_url });
    await records.clearDue(final);
    expect(await records.redeliver(final)).toBe('conflict');
  });
});

describe('an execution', () => {
  it('writes where it is, and names the one after it, while the record is its own', async () => {
    const head = await begun();
    const { detect_task_id: id } = head;
    const heldByMe = await written(records.bindExecution(head, 'arn:first'));
    expect(heldByMe).toMatchObject({ execution_name: head.execution_name, execution_arn: 'arn:first' });
    expect(await records.bindExecution(head, 'arn:second')).toBe('conflict');
    const successor = { ...ownerNamed(`1_2-${id}`), segment: 2 };
    const nextPollMs = clock.now() + 30_000;
    clock.pass(1_000);
    expect(await records.handOff(heldByMe, successor, { nextPollMs, ...none, polls: 7 })).toMatchObject({
      execution_name: successor.execution_name,
      execution_arn: successor.execution_arn,
      segment: 2,
      polls: 7,
      due_at: new Date(nextPollMs + 300_000).toISOString(),
      updated_at: new Date(clock.now()).toISOString(),
    });
    expect(await records.handOff(heldByMe, successor, { nextPollMs, ...none })).toBe('conflict');
  });
});
