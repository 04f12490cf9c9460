import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../../functions/detection/error-codes.ts';
import { type Attempted, gapsMs } from '../../../../functions/notify/webhook/schedule.ts';
import { answerOf, facesOf, none, some } from '../../../support/records.ts';
import { openSuiteTable } from '../../../support/suite-table.ts';
import { ProcessDied } from '../../../support/table.ts';
import { pushesTo, url } from './pushes.ts';

const table = await openSuiteTable();

const minute = 60_000;

const down: Attempted = { status: 500 };
const up: Attempted = { status: 204 };

describe('delivering', () => {
  it('pushes a final record once, and says so on it', async () => {
    const { told, deliver, pushed, headOf, clock } = pushesTo(table, [up]);
    const { detect_task_id: id, updated_at } = await told();
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
    // Neither a reader nor the next body may notice.
    expect(head.updated_at).toBe(updated_at);
    expect(await deliver(id)).toBeUndefined();
    expect(pushed).toHaveLength(1);
  });

  it('tries again after 5 s by itself, then says when it is due', async () => {
    const { told, deliver, pushed, headOf, clock } = pushesTo(table, [down]);
    const { detect_task_id: id } = await told();
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

  it('goes on by the schedule until it is exhausted, with the same bytes under the same id', async () => {
    const { told, deliver, pushed, headOf, clock } = pushesTo(table, [
      down,
      { fault: 'timeout' },
      { status: 301 },
    ]);
    const { detect_task_id: id } = await told();
    let verdict = await deliver(id);
    for (const gap of gapsMs) {
      expect(verdict).toBe('retry');
      clock.pass(gap - 1);
      expect(await deliver(id)).toBeUndefined();
      clock.pass(1);
      verdict = await deliver(id);
    }
    expect(verdict).toBe('exhausted');
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

  it('stops for good at 410, and at a URL that the rule does not allow any more', async () => {
    const gone = pushesTo(table, [{ status: 410 }]);
    const { detect_task_id: id } = await gone.told();
    expect(await gone.deliver(id)).toBe('rejected');
    expect(await gone.headOf(id)).toMatchObject({ delivery: { state: 'rejected', last_status: 410 } });

    const forbidden = pushesTo(table, [up]);
    const { detect_task_id: other } = await forbidden.told();
    forbidden.records.defaults.callbacks = { hosts: ['elsewhere.example'] };
    expect(await forbidden.deliver(other)).toBe('rejected');
    expect(forbidden.pushed).toEqual([]);
    expect((await forbidden.headOf(other)).delivery?.history).toMatchObject([{ fault: 'blocked-url' }]);
  });

  it('has up to a hundred faces in it, joined from their pages, and beyond that their number', async () => {
    const { told, deliver, pushed } = pushesTo(table, [up]);
    const hundred = facesOf(100, 1_000);
    await deliver((await told(hundred)).detect_task_id);
    await deliver((await told(facesOf(101))).detect_task_id);
    const [first, second] = pushed.map(({ body }) => (JSON.parse(body) as { data: object }).data);
    expect(first).toMatchObject({ face_count: 100, faces: hundred });
    expect(second).toMatchObject({ face_count: 101 });
    expect(second).not.toHaveProperty('faces');
  });

  it('is for whoever asked for it, once there is something to tell', async () => {
    const { begun, records, deliver, pushed, told } = pushesTo(table, [up]);
    const open = await begun({ callback_url: url });
    const silent = await begun();
    await records.complete(silent, answerOf([]), some);
    const { detect_task_id: forgotten } = await told();
    await records.forget(forgotten);
    for (const id of [open.detect_task_id, silent.detect_task_id, forgotten, 'nobody-s'])
      expect(await deliver(id)).toBeUndefined();
    expect(pushed).toEqual([]);
  });

  it('may come before the write that follows the event', async () => {
    const { begun, records, deliver, publish, headOf } = pushesTo(table, [up]);
    const settled = await records.complete(await begun({ callback_url: url }), answerOf([]), some);
    if (settled === 'conflict') throw new Error('nobody else settles it');
    expect(await deliver(settled.detect_task_id)).toBe('delivered');
    expect(await publish(settled)).toBe('conflict');
    expect(await headOf(settled.detect_task_id)).toMatchObject({ delivery: { state: 'delivered' } });
  });

  it('counts no attempt that could not be signed', async () => {
    const { told, deliver, headOf, letSign, pushed } = pushesTo(table, [up]);
    const { detect_task_id: id } = await told();
    letSign(false);
    for (let tries = 0; tries < 12; tries++) await expect(deliver(id)).rejects.toThrow('no secret');
    expect((await headOf(id)).delivery).toMatchObject({ state: 'pending', attempts: 0 });
    letSign(true);
    expect(await deliver(id)).toBe('delivered');
    expect(pushed).toHaveLength(1);
  });

  it('is not put off by the write that follows the event, when that comes in between', async () => {
    const { begun, records, deliver, publish, headOf, pushed } = pushesTo(table, [up]);
    const settled = await records.complete(await begun({ callback_url: url }), answerOf([]), some);
    if (settled === 'conflict') throw new Error('nobody else settles it');
    table.before('UpdateItem', () => publish(settled));
    expect(await deliver(settled.detect_task_id)).toBe('delivered');
    expect(pushed).toHaveLength(1);
    expect(await headOf(settled.detect_task_id)).toMatchObject({ delivery: { state: 'delivered' } });
  });

  it('is done once where ten are at it at a time', async () => {
    const { told, deliver, pushed } = pushesTo(table, [up]);
    const { detect_task_id: id } = await told();
    await Promise.all(Array.from({ length: 10 }, () => deliver(id)));
    expect(pushed).toHaveLength(1);
  });

  it.each(['before it is sent', 'after it was sent'])(
    'survives a death %s: it is sent again, the same',
    async (when) => {
      const { told, deliver, pushed, clock, headOf, beforePost } = pushesTo(table, [up]);
      const { detect_task_id: id } = await told();
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
      // Nobody else may take the attempt for lost while it may be under way.
      expect(await deliver(id)).toBeUndefined();
      clock.pass(minute);
      expect(await deliver(id)).toBe('delivered');
      expect(new Set(pushed.map(({ id: webhookId, body }) => `${webhookId} ${body}`)).size).toBe(1);
      expect(await headOf(id)).toMatchObject({ delivery: { state: 'delivered', attempts: 2 } });
    },
  );

  it('of an abandoned record ends as superseded when that is taken up again; what comes of it is told', async () => {
    const { begun, records, publish, deliver, pushed, clock, headOf } = pushesTo(table, [down, down, up]);
    const abandoned = await records.abandon(
      await begun({ callback_url: url }),
      detectionError('CANCELLED'),
      none,
    );
    if (abandoned === 'conflict') throw new Error('nobody else abandons it');
    await publish(abandoned);
    const { detect_task_id: id } = abandoned;
    expect(await deliver(id)).toBe('retry');
    const again = { attempt: 2, execution_name: `2-${id}`, execution_arn: 'arn' };
    const reopened = await records.reopen(await headOf(id), again, 'new');
    expect(reopened).toMatchObject({ status: 'starting', delivery: { state: 'superseded', attempts: 2 } });
    clock.pass(10 * minute);
    expect(await deliver(id)).toBeUndefined();
    const settled = await records.complete(await headOf(id), answerOf([]), some);
    if (settled === 'conflict') throw new Error('nobody else settles it');
    await publish(settled);
    expect(await deliver(id)).toBe('delivered');
    expect(pushed.map((push) => push.id)).toEqual([
      `${id}_1_abandoned`,
      `${id}_1_abandoned`,
      `${id}_2_succeeded`,
    ]);
  });

  it('writes nothing where the record was taken up again while it was under way', async () => {
    const { begun, records, publish, deliver, headOf, beforePost } = pushesTo(table, [up]);
    const abandoned = await records.abandon(
      await begun({ callback_url: url }),
      detectionError('CANCELLED'),
      none,
    );
    if (abandoned === 'conflict') throw new Error('nobody else abandons it');
    await publish(abandoned);
    const { detect_task_id: id } = abandoned;
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
