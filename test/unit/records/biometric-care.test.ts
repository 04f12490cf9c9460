import { describe, expect, it } from 'vitest';

import { workflowTypes } from '../../../functions/detection/types.ts';
import {
  answerOf,
  facesOf,
  ownerNamed,
  recordsOf,
  some,
  testClock,
  testDefaults,
  tombstoneAt,
  withoutRefs,
} from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { type Fault, ProcessDied } from '../../support/table.ts';

const table = await openSuiteTable();

const clock = testClock();
const { records, begun, completed, publish, headOf } = recordsOf(table, clock);
const caller = {
  media_url: 'https://media.example/me.jpg',
  callback_url: 'https://me.example/hook',
  metadata: { name: 'me' },
};

/** An answer in pages, published, with one delivery recorded. */
async function delivered() {
  const { detect_task_id } = await completed(caller, facesOf(6, 60_000));
  await publish(await headOf(detect_task_id));
  const head = await headOf(detect_task_id);
  const attempt = { at: new Date(clock.now()).toISOString(), status: 500 };
  const delivery = { ...head.delivery, attempts: 1, history: [attempt] };
  await records.recordDelivery(head, delivery as NonNullable<typeof head.delivery>, clock.now());
  return headOf(detect_task_id);
}

/** All that is left is a tombstone. */
const expectForgotten = async (id: string): Promise<void> =>
  expect(withoutRefs(await table.stored(id))).toEqual(new Map([[id, tombstoneAt(clock.now())]]));

describe('forget', () => {
  it('removes the record, its pages and its deliveries', async () => {
    const head = await delivered();
    expect((await table.stored(head.detect_task_id)).size).toBeGreaterThan(1);
    expect(head.delivery?.history).toHaveLength(1);
    await records.forget(head.detect_task_id);
    await expectForgotten(head.detect_task_id);
  });

  it.each<Fault>(['dead-before', 'dead-after', 'lost-ack', 'throttled'])(
    'leaves only a tombstone after %s at each of its calls, repeated where it died',
    async (fault) => {
      const died: number[] = [];
      let steps = 0;
      for (let isPast = false; !isPast; steps += 1) {
        const head = await delivered();
        table.reset();
        table.fail('any', fault, { skip: steps });
        await records.forget(head.detect_task_id).catch((error: unknown) => {
          if (!(error instanceof ProcessDied)) throw error;
          died.push(steps);
        });
        isPast = Object.values(table.calls()).reduce((sum, count) => sum + count, 0) <= steps;
        table.reset();
        await records.forget(head.detect_task_id);
        expect([steps, withoutRefs(await table.stored(head.detect_task_id))]).toEqual([
          steps,
          new Map([[head.detect_task_id, tombstoneAt(clock.now())]]),
        ]);
        expect(await records.get(head.detect_task_id)).toBeUndefined();
      }
      expect(steps).toBeGreaterThan(4);
      expect(died).toHaveLength(fault.startsWith('dead') ? steps - 1 : 0);
    },
  );

  it.each(['GetItem', 'PutItem', 'DeleteItem'] as const)(
    'brings nothing back where an attempt of a webhook is noted before its %s',
    async (operation) => {
      const head = await delivered();
      const { delivery } = head;
      if (delivery === undefined) throw new Error('there is a delivery');
      table.before(operation, () => records.recordDelivery(head, { ...delivery, attempts: 2 }, undefined));
      await records.forget(head.detect_task_id);
      expect(await records.recordDelivery(head, { ...delivery, attempts: 3 }, undefined)).toBe('conflict');
      await expectForgotten(head.detect_task_id);
    },
  );

  it.each(workflowTypes)('is not undone by a late invocation of %s', async (type) => {
    const part = type === 'EXPRESS' ? 'express' : 'execution';
    const owner = { ...ownerNamed('1-late'), execution_arn: `arn:aws:states:x:1:${part}:poller:1-late` };
    const head = await begun(caller, owner);
    await records.forget(head.detect_task_id);
    expect(await records.complete(head, answerOf(facesOf(6, 60_000)), some)).toBe('conflict');
    expect(await records.create(head, { mayReplaceTombstone: false })).toBe('conflict');
    await expectForgotten(head.detect_task_id);
  });
});

describe('retention', () => {
  it('is set on every record and every page', async () => {
    const head = await delivered();
    for (const item of (await table.stored(head.detect_task_id)).values())
      expect(item['expires_at']).toBe(clock.now() / 1_000 + testDefaults.retentionSeconds);
  });
});
