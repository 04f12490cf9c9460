import { describe, expect, it } from 'vitest';

import { deliveryId } from '../../../../functions/detection/types.ts';
import { type Attempted, gapsMs } from '../../../../functions/notify/webhook/schedule.ts';
import { isPublished } from '../../../../functions/records/outbox.ts';
import { answerOf, facesOf, some, written } from '../../../support/records.ts';
import { openSuiteTable } from '../../../support/suite-table.ts';
import { ProcessDied } from '../../../support/table.ts';
import { pushesTo, url } from './pushes.ts';

const table = await openSuiteTable();

const minute = 60_000;

const down: Attempted = { status: 500 };
const up: Attempted = { status: 204 };

describe('delivering', () => {
  it('sends a final record once, and records it', async () => {
    const { published, deliver, pushed, headOf, clock } = pushesTo(table, [up]);
    const { detect_task_id: id, updated_at } = await published();
    clock.pass(1_000);
    expect(await deliver(id)).toBe('delivered');
    expect(pushed).toMatchObject([{ url, id: `${id}_1_succeeded` }]);
    const head = await headOf(id);
    expect(head.delivery).toEqual({
      id: `${id}_1_succeeded`,
      state: 'delivered',
      attempts: 1,
      last_status: 204,
      history: [{ at: new Date(clock.now()).toISOString(), status: 204 }],
    });
    expect(head).not.toHaveProperty('due_at');
    // Neither readers nor the next body may change.
    expect(head.updated_at).toBe(updated_at);
    expect(await deliver(id)).toBeUndefined();
    expect(pushed).toHaveLength(1);
  });

  it('retries after 5 s, then records when the next attempt is due', async () => {
    const { published, deliver, pushed, headOf, clock } = pushesTo(table, [down]);
    const { detect_task_id: id } = await published();
    expect(await deliver(id)).toBe('retry');
    expect(pushed.map(({ atMs }) => atMs - (pushed[0]?.atMs ?? 0))).toEqual([0, 5_000]);
    const next_at = new Date(clock.now() + 5 * minute).toISOString();
    expect(await headOf(id)).toMatchObject({
      due_at: next_at,
      delivery: { state: 'pending', attempts: 2, last_status: 500, next_at },
    });
    expect(await deliver(id)).toBeUndefined();
    expect(pushed).toHaveLength(2);
  });

  it('follows the schedule until it is exhausted, with the same bytes under the same id', async () => {
    const { published, deliver, pushed, headOf, clock } = pushesTo(table, [
      down,
      { fault: 'timeout' },
      { status: 301 },
    ]);
    const { detect_task_id: id } = await published();
    let result = await deliver(id);
    for (const gap of gapsMs) {
      expect(result).toBe('retry');
      clock.pass(gap - 1);
      expect(await deliver(id)).toBeUndefined();
      clock.pass(1);
      result = await deliver(id);
    }
    expect(result).toBe('exhausted');
    expect(pushed).toHaveLength(10);
    expect(new Set(pushed.map(({ body }) => body)).size).toBe(1);
    expect(new Set(pushed.map((push) => push.id)).size).toBe(1);
    const head = await headOf(id);
    expect(head).not.toHaveProperty('due_at');
    expect(head.delivery).toMatchObject({ state: 'exhausted', attempts: 10, last_status: 301 });
    expect(head.delivery?.history.map(({ status, fault }) => status ?? fault)).toEqual([
      500,
      'timeout',
      ...Array.from({ length: 8 }, () => 301),
    ]);
  });

  it.each([1, 2, 3])('is recorded as exhausted before a record kept for %d days expires', async (days) => {
    const { published, deliver, pushed, headOf, clock, measured, records } = pushesTo(table, [down]);
    records.defaults.retentionSeconds = days * 86_400;
    const { detect_task_id: id, expires_at } = await published();
    let result = await deliver(id);
    for (const gap of gapsMs) {
      if (result !== 'retry') break;
      clock.pass(gap);
      result = await deliver(id);
    }
    expect(result).toBe('exhausted');
    expect(pushed.length).toBeGreaterThan(6);
    expect(clock.now()).toBeLessThan(expires_at * 1_000);
    const head = await headOf(id);
    expect(head.delivery).toMatchObject({ state: 'exhausted', attempts: pushed.length });
    expect(head).not.toHaveProperty('due_at');
    expect(measured).toContainEqual(['deliveries', 1, 'exhausted']);
  });

  it('stops for good at 410, and at a URL that the rule no longer allows', async () => {
    const gone = pushesTo(table, [{ status: 410 }]);
    const { detect_task_id: id } = await gone.published();
    expect(await gone.deliver(id)).toBe('rejected');
    expect(await gone.headOf(id)).toMatchObject({ delivery: { state: 'rejected', last_status: 410 } });

    const forbidden = pushesTo(table, [up]);
    const { detect_task_id: other } = await forbidden.published();
    forbidden.records.defaults.callbacks = { hosts: ['elsewhere.example'] };
    expect(await forbidden.deliver(other)).toBe('rejected');
    expect(forbidden.pushed).toEqual([]);
    expect((await forbidden.headOf(other)).delivery?.history).toMatchObject([{ fault: 'blocked-url' }]);
  });

  it('sends up to a hundred faces, joined from their pages, and otherwise their number', async () => {
    const { published, deliver, pushed } = pushesTo(table, [up]);
    const hundred = facesOf(100, 1_000);
    await deliver((await published(hundred)).detect_task_id);
    await deliver((await published(facesOf(101))).detect_task_id);
    const [first, second] = pushed.map(({ body }) => (JSON.parse(body) as { data: object }).data);
    expect(first).toMatchObject({ face_count: 100, faces: hundred });
    expect(second).toMatchObject({ face_count: 101 });
    expect(second).not.toHaveProperty('faces');
  });

  it('does nothing for open records, records without a callback, forgotten and unknown ones', async () => {
    const { begun, completed, records, deliver, pushed, published } = pushesTo(table, [up]);
    const open = await begun({ callback_url: url });
    const silent = await completed();
    const { detect_task_id: forgotten } = await published();
    await records.forget(forgotten);
    for (const id of [open.detect_task_id, silent.detect_task_id, forgotten, 'unknown'])
      expect(await deliver(id)).toBeUndefined();
    expect(pushed).toEqual([]);
  });

  it('may precede the write that marks the record as published', async () => {
    const { completed, deliver, publish, headOf } = pushesTo(table, [up]);
    const settled = await completed({ callback_url: url });
    expect(await deliver(settled.detect_task_id, deliveryId(settled))).toBe('delivered');
    expect(await publish(settled)).toBe('conflict');
    expect(await headOf(settled.detect_task_id)).toMatchObject({ delivery: { state: 'delivered' } });
  });

  it.each(['the event of the attempt before a retry', 'an event for a delivery that is due'])(
    'is not begun by %s: the record would count as published',
    async (trigger) => {
      const { abandoned, records, deliver, headOf, pushed } = pushesTo(table, [up]);
      const first = await abandoned({ callback_url: url });
      const { detect_task_id: id } = first;
      const again = { attempt: 2, execution_name: `2-${id}`, execution_arn: 'arn' };
      const reopened = await written(records.reopen(first, again, 'new'));
      const settled = await written(records.complete(reopened, answerOf([]), some));
      const publishedId = trigger.startsWith('the event') ? deliveryId(first) : undefined;
      expect(await deliver(id, publishedId)).toBeUndefined();
      expect(pushed).toEqual([]);
      expect(isPublished(await headOf(id))).toBe(false);
      expect(await headOf(id)).toEqual(settled);
    },
  );

  it('counts no attempt that cannot be signed', async () => {
    const { published, deliver, headOf, letSign, pushed } = pushesTo(table, [up]);
    const { detect_task_id: id } = await published();
    letSign(false);
    for (let tries = 0; tries < 12; tries++) await expect(deliver(id)).rejects.toThrow('no secret');
    expect((await headOf(id)).delivery).toMatchObject({ state: 'pending', attempts: 0 });
    letSign(true);
    expect(await deliver(id)).toBe('delivered');
    expect(pushed).toHaveLength(1);
  });

  it('is not delayed by the write that marks the record as published', async () => {
    const { completed, deliver, publish, headOf, pushed } = pushesTo(table, [up]);
    const settled = await completed({ callback_url: url });
    table.before('UpdateItem', () => publish(settled));
    expect(await deliver(settled.detect_task_id, deliveryId(settled))).toBe('delivered');
    expect(pushed).toHaveLength(1);
    expect(await headOf(settled.detect_task_id)).toMatchObject({ delivery: { state: 'delivered' } });
  });

  it('sends once from ten concurrent invocations', async () => {
    const { published, deliver, pushed } = pushesTo(table, [up]);
    const { detect_task_id: id } = await published();
    await Promise.all(Array.from({ length: 10 }, () => deliver(id)));
    expect(pushed).toHaveLength(1);
  });

  it.each(['before it is sent', 'after it was sent'])(
    'after a death %s sends the same again',
    async (when) => {
      const { published, deliver, pushed, clock, headOf, beforePost } = pushesTo(table, [up]);
      const { detect_task_id: id } = await published();
      let isDead = false;
      if (when === 'before it is sent') {
        beforePost(() => {
          if (!isDead) pushed.length = 0;
          const dies = !isDead;
          isDead = true;
          if (dies) throw new ProcessDied('before the push was sent');
        });
      } else table.fail('UpdateItem', 'dead-before', { skip: 1 });
      await expect(deliver(id)).rejects.toThrow(ProcessDied);
      // While the claim lasts, the attempt may still be under way.
      expect(await deliver(id)).toBeUndefined();
      clock.pass(minute);
      expect(await deliver(id)).toBe('delivered');
      expect(new Set(pushed.map(({ id: webhookId, body }) => `${webhookId} ${body}`)).size).toBe(1);
      expect(await headOf(id)).toMatchObject({ delivery: { state: 'delivered', attempts: 2 } });
    },
  );

  it('of an abandoned record is superseded by a retry, whose result is delivered', async () => {
    const { abandoned, records, publish, deliver, pushed, clock, headOf } = pushesTo(table, [down, down, up]);
    const first = await abandoned({ callback_url: url });
    await publish(first);
    const { detect_task_id: id } = first;
    expect(await deliver(id)).toBe('retry');
    const again = { attempt: 2, execution_name: `2-${id}`, execution_arn: 'arn' };
    const reopened = await records.reopen(await headOf(id), again, 'new');
    expect(reopened).toMatchObject({ status: 'starting', delivery: { state: 'superseded', attempts: 2 } });
    clock.pass(10 * minute);
    expect(await deliver(id)).toBeUndefined();
    await publish(await written(records.complete(await headOf(id), answerOf([]), some)));
    expect(await deliver(id)).toBe('delivered');
    expect(pushed.map((push) => push.id)).toEqual([
      `${id}_1_abandoned`,
      `${id}_1_abandoned`,
      `${id}_2_succeeded`,
    ]);
  });

  it('writes nothing to a record that is retried during the attempt', async () => {
    const { abandoned, records, publish, deliver, headOf, beforePost } = pushesTo(table, [up]);
    const first = await abandoned({ callback_url: url });
    await publish(first);
    const { detect_task_id: id } = first;
    beforePost(async () => {
      await records.reopen(
        await headOf(id),
        { attempt: 2, execution_name: `2-${id}`, execution_arn: 'arn' },
        'new',
      );
    });
    await deliver(id);
    expect(await headOf(id)).toMatchObject({ status: 'starting', delivery: { state: 'superseded' } });
  });
});
