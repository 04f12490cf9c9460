import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';

import type { Records } from '../../../functions/records/records.ts';
import { tableName } from '../../../local/table.ts';
import { answerOf, facesOf, recordsOf, some, testClock, testDefaults } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

/** The records after a deployment with this setting. */
const withShards = (clock: ReturnType<typeof testClock>, shards: number) =>
  recordsOf(table, clock, { ...testDefaults, shards });
const hour = 3_600_000;

async function dueBy(records: Records, untilMs: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of records.dueIds(untilMs)) ids.push(id);
  return ids;
}

describe('a lowered number of shards', () => {
  const clock = testClock();
  let before: string[];
  beforeEach(async () => {
    await table.clear();
    // No sweep ran at that time.
    const { begun } = withShards(clock, 4);
    const heads = await Promise.all(Array.from({ length: 12 }, () => begun()));
    before = heads.map(({ detect_task_id }) => detect_task_id).toSorted();
  });

  it('hides no record from the sweep', async () => {
    const { records } = withShards(clock, 1);
    const due = await dueBy(records, clock.now() + 2 * hour);
    expect(due.toSorted()).toEqual(before);
    const shards = [...(await table.items()).values()].map((item) => item['due_shard']);
    expect(new Set(shards.filter((shard) => shard !== undefined)).size).toBe(4);
  });

  it('hides no record from lists', async () => {
    const { records } = withShards(clock, 1);
    const { detections } = await records.list({ limit: 100 });
    expect(detections.map(({ detect_task_id }) => detect_task_id).toSorted()).toEqual(before);
  });

  it('stays known when it was lowered twice', async () => {
    await withShards(clock, 2).begun();
    const { records } = withShards(clock, 1);
    expect(await dueBy(records, clock.now() + 2 * hour)).toHaveLength(13);
  });

  it.each(['dead-before', 'dead-after'] as const)(
    'is noted before the first record, where the note is %s',
    async (fault) => {
      const writer = withShards(clock, 8);
      table.fail('UpdateItem', fault);
      await expect(writer.begun()).rejects.toThrow('the call');
      expect(await dueBy(withShards(clock, 1).records, clock.now() + 2 * hour)).toHaveLength(12);
      await writer.begun();
      expect(await dueBy(withShards(clock, 1).records, clock.now() + 2 * hour)).toHaveLength(13);
    },
  );

  it('is read once a process, and again where that failed', async () => {
    const { records, begun } = withShards(clock, 1);
    const head = await begun();
    await records.complete(head, answerOf(facesOf(1)), some);
    table.reset();
    table.fail('GetItem', 'dead-before');
    await expect(records.list({ limit: 1 })).rejects.toThrow('before the call');
    await records.list({ limit: 1 });
    await records.list({ limit: 1 });
    expect(table.calls()).toMatchObject({ GetItem: 2 });
  });
});

describe('a note that no poller wrote', () => {
  it.each([{ S: 'x' }, { N: '2.5' }, { N: '0' }, { N: '1000000000' }, undefined])(
    'hides nothing: %j',
    async (shards) => {
      await table.clear();
      const clock = testClock();
      await Promise.all(Array.from({ length: 4 }, () => withShards(clock, 3).begun()));
      const Item = { detect_task_id: { S: '#shards' }, ...(shards && { shards }) };
      await table.client.send(new PutItemCommand({ TableName: tableName, Item }));
      const { records } = withShards(clock, 1);
      expect((await records.list({ limit: 10 })).detections).toHaveLength(4);
      expect(await dueBy(records, clock.now() + 2 * hour)).toHaveLength(4);
    },
  );
});

describe('a single shard', () => {
  it('needs no note of it', async () => {
    await table.clear();
    const { records } = withShards(testClock(), 1);
    await dueBy(records, 0);
    expect((await table.items()).size).toBe(0);
  });
});
