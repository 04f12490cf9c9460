import { beforeEach, describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { answerOf, facesOf, none, some } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { did, minute, sweepsOn } from './sweeps.ts';

const table = await openSuiteTable();

describe('the sweep, of final records', () => {
  let world: ReturnType<typeof sweepsOn>;
  beforeEach(async () => {
    for (const key of (await table.items()).keys()) await table.drop(key);
    world = sweepsOn(table);
    table.reset();
  });

  it('tells of, and measures, what the workflow itself recorded as abandoned', async () => {
    const { begun, clock, sweep, records, headOf, events, measured } = world;
    const head = await begun();
    await records.abandon(head, detectionError('EXECUTION_LOST'), none);
    clock.pass(6 * minute);
    expect(did(await sweep())).toEqual({ published: 1 });
    // Nobody else could.
    expect(measured).toContainEqual(['abandoned', 1, 'EXECUTION_LOST']);
    expect(events).toMatchObject([
      { detailType: 'Face Detection Abandoned', detail: { id: `${head.detect_task_id}_1_abandoned` } },
    ]);
    expect(await headOf(head.detect_task_id)).not.toHaveProperty('due_at');
    expect(did(await sweep())).toEqual({});
  });

  it('tells of a cancelled task within the next round', async () => {
    const { begun, sweep, records, events } = world;
    const { detect_task_id } = await begun();
    await records.cancel(detect_task_id, detectionError('CANCELLED'));
    expect(did(await sweep())).toEqual({ published: 1 });
    expect(events).toMatchObject([{ detail: { detect_task_id, error: { code: 'CANCELLED' } } }]);
  });

  it('has a webhook delivered that is due, and only then', async () => {
    const { begun, clock, sweep, records, publish, headOf, started } = world;
    const head = await begun({ callback_url: 'https://receiver.example/faces' });
    const { detect_task_id } = head;
    const settled = await records.complete(head, answerOf(facesOf(1)), some);
    if (settled === 'conflict') throw new Error('nobody else settles it');
    await publish(settled);
    expect(await headOf(detect_task_id)).toMatchObject({ delivery: { state: 'pending', attempts: 0 } });
    clock.pass(5 * minute - 1);
    expect(did(await sweep())).toEqual({});
    clock.pass(1);
    expect(did(await sweep())).toEqual({ delivering: 1 });
    expect(started).toEqual([detect_task_id]);
    // Where nobody came for it, it does not stand before what is due after it.
    expect(did(await sweep())).toEqual({});
    clock.pass(5 * minute);
    expect(did(await sweep())).toEqual({ delivering: 1 });
  });

  it('goes on with executions where the event bus is down for good', async () => {
    const { begun, clock, sweepWith, records, say, headOf } = world;
    const finals = await Promise.all(Array.from({ length: 12 }, () => begun()));
    await Promise.all(finals.map((head) => records.cancel(head.detect_task_id, detectionError('CANCELLED'))));
    clock.pass(1_000);
    const open = await begun();
    clock.pass(6 * minute);
    say('aborted');
    let told = 0;
    const refuse = () => {
      told += 1;
      return Promise.reject(new Error('the event bus is down'));
    };
    expect(did(await sweepWith({ publish: refuse })(Infinity))).toEqual({ failed: 12, cancelled: 1 });
    // Ten were tried, two more left, and what the open record came to was recorded, though not told either.
    expect(told).toBe(11);
    expect(await headOf(open.detect_task_id)).toMatchObject({ error: detectionError('CANCELLED') });
  });

  it('leaves to the next round what the event bus does not take', async () => {
    const { begun, sweepWith, sweep, records } = world;
    const { detect_task_id } = await begun();
    await records.cancel(detect_task_id, detectionError('CANCELLED'));
    const down = sweepWith({ publish: () => Promise.reject(new Error('the event bus is down')) });
    expect(did(await down(Infinity))).toEqual({ failed: 1 });
    expect(did(await sweep())).toEqual({ published: 1 });
  });
});
