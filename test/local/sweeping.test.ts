import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { newHead, type LeaseHolder } from '../../functions/records/head.ts';
import { type Sweeping, startSweeping } from '../../local/sweeping.ts';
import { tableName } from '../../local/table.ts';
import { taskId } from '../support/records.ts';
import { createWorld, type World } from '../support/world.ts';

const day = 86_400_000;
const defaults = { deadlineSeconds: 3_600, retentionSeconds: 30 * 86_400, shards: 1 };
/** Of another process than the world's own. */
const ownerIn = (processId: string, id: string): LeaseHolder => ({
  attempt: 1,
  execution_name: `1-${id}`,
  execution_arn: `arn:aws:states:local:000000000000:execution:${processId}:1-${id}`,
});

describe('one machine', () => {
  let world: World;
  let sweeping: Sweeping | undefined;
  /** Stands still but for what a test adds: the real sweep's clock, here without the workflow's. */
  let aheadMs = 0;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterEach(() => sweeping?.stop());
  afterAll(() => world.close());

  const now = (): number => world.clock.now() + aheadMs;
  const begin = (processId: string, id: string) =>
    world.records.create(newHead({ detect_task_id: taskId(id) }, ownerIn(processId, id), defaults, now()), {
      mayReplaceTombstone: false,
    });
  const sweep = async (): Promise<void> => {
    sweeping ??= startSweeping({
      dynamodb: world.table.client,
      tableName,
      records: world.records,
      workflow: world.workflow,
      put: async () => {},
      clock: { now, sleep: async () => {} },
      telemetry: { log: () => {}, measure: () => {} },
      processId: 'c1deadbeef',
    });
    await sweeping.now();
  };

  it('takes up at once what a dead process left behind, and nothing of the living', async () => {
    world.simulator.submit([{ step: 'succeeded', faces: 2 }], 'left-behind');
    await begin('c2deadbeef', 'left-behind');
    await begin('c3livelive', 'looked-after');
    world.kill('c2deadbeef');
    await sweep();
    await world.workflow.ended('left-behind');
    expect(await world.client.get('left-behind')).toMatchObject({ status: 'succeeded', face_count: 2 });
    expect(await world.client.get('looked-after')).toMatchObject({ status: 'starting', polls: 0 });
  });

  it('leaves a task of the other provider alone until its deadline, and then ends it', async () => {
    await begin('s4deadbeef', 'simulated');
    world.kill('s4deadbeef');
    await sweep();
    expect(await world.client.get('simulated')).toMatchObject({ status: 'starting', attempt: 1 });
    expect(world.simulator.requestsFor('simulated')).toEqual([]);
    aheadMs += 3_606_000;
    await sweep();
    expect(await world.client.get('simulated')).toMatchObject({
      status: 'abandoned',
      error: { code: 'EXECUTION_LOST' },
    });
  });

  it('deletes what has expired, pages and tombstones too, and nothing else', async () => {
    world.simulator.submit([{ step: 'succeeded', faces: 200, linkBytes: 100 }], 'in-pages');
    await world.execute('1-in-pages', { detect_task_id: 'in-pages' });
    await world.client.forget('left-behind');
    expect((await world.table.stored('in-pages')).size).toBe(2);
    const ids = async () => [...(await world.table.items()).keys()].filter((name) => !name.startsWith('#'));
    aheadMs += 31 * day;
    await begin('c3livelive', 'young');
    await sweep();
    expect(await ids()).toHaveLength(6);
    aheadMs += 2 * day;
    await sweep();
    expect(await ids()).toEqual(['young']);
  });

  it('has no round under way once it has stopped', async () => {
    let isUnderWay = true;
    void sweep().then(() => (isUnderWay = false));
    await sweeping?.stop();
    expect(isUnderWay).toBe(false);
  });
});
