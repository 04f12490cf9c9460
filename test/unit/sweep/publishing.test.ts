import { beforeEach, describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { none } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { did, minute, sweepsOn } from './sweeps.ts';

const table = await openSuiteTable();

describe('the sweep, of final records', () => {
  let world: ReturnType<typeof sweepsOn>;
  beforeEach(async () => {
    await table.clear();
    world = sweepsOn(table);
  });

  it('publishes and measures a record that the workflow abandoned', async () => {
    const { begun, clock, sweep, records, headOf, events, measured } = world;
    const head = await begun();
    await records.abandon(head, detectionError('EXECUTION_LOST'), none);
    clock.pass(6 * minute);
    expect(did(await sweep())).toEqual({ published: 1 });
    // The workflow measures nothing.
    expect(measured).toContainEqual(['abandoned', 1, 'EXECUTION_LOST']);
    expect(events).toMatchObject([
      { detailType: 'Face Detection Abandoned', detail: { id: `${head.detect_task_id}_1_abandoned` } },
    ]);
    expect(await headOf(head.detect_task_id)).not.toHaveProperty('due_at');
    expect(did(await sweep())).toEqual({});
  });

  it('publishes a cancelled task in the next sweep', async () => {
    const { begun, sweep, records, events } = world;
    const { detect_task_id } = await begun();
    await records.cancel(detect_task_id, detectionError('CANCELLED'));
    expect(did(await sweep())).toEqual({ published: 1 });
    expect(events).toMatchObject([{ detail: { detect_task_id, error: { code: 'CANCELLED' } } }]);
  });

  it('starts the delivery of a webhook once it is due', async () => {
    const { clock, sweep, completed, publish, headOf, started } = world;
    const head = await completed({ callback_url: 'https://receiver.example/faces' });
    const { detect_task_id } = head;
    await publish(head);
    expect(await headOf(detect_task_id)).toMatchObject({ delivery: { state: 'pending', attempts: 0 } });
    clock.pass(5 * minute - 1);
    expect(did(await sweep())).toEqual({});
    clock.pass(1);
    expect(did(await sweep())).toEqual({ delivering: 1 });
    expect(started).toEqual([detect_task_id]);
    // A delivery that did not begin does not stay ahead of later ones.
    expect(did(await sweep())).toEqual({});
    clock.pass(5 * minute);
    expect(did(await sweep())).toEqual({ delivering: 1 });
  });

  it('continues with expired leases while the event bus is down', async () => {
    const { begun, clock, sweepWith, records, say, headOf } = world;
    const finals = await Promise.all(Array.from({ length: 12 }, () => begun()));
    await Promise.all(finals.map((head) => records.cancel(head.detect_task_id, detectionError('CANCELLED'))));
    clock.pass(1_000);
    const open = await begun();
    clock.pass(6 * minute);
    say('aborted');
    let puts = 0;
    const refuse = () => {
      puts += 1;
      return Promise.reject(new Error('the event bus is down'));
    };
    expect(did(await sweepWith({ publish: refuse })(Infinity))).toEqual({ failed: 12, cancelled: 1 });
    // Ten were tried, two were not; the open record was ended, but not published.
    expect(puts).toBe(11);
    expect(await headOf(open.detect_task_id)).toMatchObject({ error: detectionError('CANCELLED') });
  });

  it('publishes in the next sweep what the event bus did not take', async () => {
    const { begun, sweepWith, sweep, records } = world;
    const { detect_task_id } = await begun();
    await records.cancel(detect_task_id, detectionError('CANCELLED'));
    const down = sweepWith({ publish: () => Promise.reject(new Error('the event bus is down')) });
    expect(did(await down(Infinity))).toEqual({ failed: 1 });
    expect(did(await sweep())).toEqual({ published: 1 });
  });
});
