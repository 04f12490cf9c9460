import { describe, expect, it } from 'vitest';

import type { Head } from '../../../../functions/records/item.ts';
import { currentDelivery } from '../../../../functions/records/outbox.ts';
import { openSuiteTable } from '../../../support/suite-table.ts';
import { pushesTo } from './pushes.ts';

const table = await openSuiteTable();

type Pushes = Pick<ReturnType<typeof pushesTo>, 'records' | 'headOf' | 'clock'>;

/** The next so many claims conflict with a write that leaves the delivery due. */
function outrun(pushes: Pushes, id: string, times: number): void {
  if (times === 0) return;
  table.before('UpdateItem', async () => {
    const head = await pushes.headOf(id);
    await pushes.records.recordDelivery(head, deliveryOf(head), pushes.clock.now() + times);
    outrun(pushes, id, times - 1);
  });
}
function deliveryOf(head: Head) {
  const delivery = currentDelivery(head);
  if (delivery === undefined) throw new Error('publishing begins a delivery');
  return delivery;
}

describe('delivering', () => {
  it('leaves the delivery to the invocation that has just claimed it', async () => {
    const pushes = pushesTo(table, [{ status: 204 }]);
    const { detect_task_id: id } = await pushes.published();
    table.before('UpdateItem', () => pushes.deliver(id));
    expect(await pushes.deliver(id)).toBeUndefined();
    expect(pushes.pushed).toHaveLength(1);
  });

  it('reads the record again after a conflict, at most ten times', async () => {
    for (const { times, verdict } of [
      { times: 9, verdict: 'delivered' },
      { times: 10, verdict: undefined },
    ]) {
      table.reset();
      const pushes = pushesTo(table, [{ status: 204 }]);
      const { detect_task_id: id } = await pushes.published();
      outrun(pushes, id, times);
      expect(await pushes.deliver(id)).toBe(verdict);
      expect(pushes.pushed).toHaveLength(verdict === undefined ? 0 : 1);
    }
  });

  it('logs each attempt and measures the end', async () => {
    const pushes = pushesTo(table, [{ status: 500 }, { fault: 'timeout' }, { status: 204 }]);
    const { detect_task_id } = await pushes.published();
    await pushes.deliver(detect_task_id);
    expect(pushes.lines).toEqual([
      { detect_task_id, delivery: 'pending', attempts: 1, last_status: 500 },
      { detect_task_id, delivery: 'pending', attempts: 2, last_status: undefined },
    ]);
    expect(pushes.measured).toEqual([]);
    pushes.clock.pass(600_000);
    await pushes.deliver(detect_task_id);
    expect(pushes.lines.at(-1)).toMatchObject({ delivery: 'delivered', attempts: 3, last_status: 204 });
    expect(pushes.measured).toEqual([['deliveries', 1, 'delivered']]);
  });

  it('sends nothing of a record that is forgotten during the claim', async () => {
    const pushes = pushesTo(table, [{ status: 204 }]);
    const { detect_task_id: id } = await pushes.published();
    table.before('GetItem', () => pushes.records.forget(id), { skip: 1 });
    expect(await pushes.deliver(id)).toBe('rejected');
    expect(pushes.pushed).toEqual([]);
    expect(await pushes.records.read(id)).toMatchObject({ kind: 'forgotten' });
  });

  it('keeps the last twenty attempts', async () => {
    const pushes = pushesTo(table, [{ status: 204 }]);
    const head = await pushes.published();
    const history = Array.from({ length: 20 }, (_, index) => ({
      at: new Date(pushes.clock.now() - 1_000 * (20 - index)).toISOString(),
      status: 500,
    }));
    await pushes.records.recordDelivery(head, { ...deliveryOf(head), history }, pushes.clock.now());
    await pushes.deliver(head.detect_task_id);
    const { delivery } = await pushes.headOf(head.detect_task_id);
    expect(delivery?.history).toEqual([
      ...history.slice(1),
      { at: new Date(pushes.clock.now()).toISOString(), status: 204 },
    ]);
  });
});
