import path from 'node:path';

import { ClassicLevel } from 'classic-level';
import { describe, expect, it } from 'vitest';

import { openDatabase } from '../../local/database.ts';
import { restoreDueRows } from '../../local/restore-due-rows.ts';
import { tableName } from '../../local/table.ts';
import { temporaryFolder } from '../support/cli.ts';
import { recordsOf, testClock } from '../support/records.ts';

async function dueOf(records: { dueIds: (untilMs: number) => AsyncIterable<string> }): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of records.dueIds(Date.UTC(2100, 0))) ids.push(id);
  return ids.toSorted();
}

/** As a kill between the two halves of a write leaves it: the old row is gone, the record is as it was. */
async function dropDueRows(folder: string): Promise<number> {
  const level = new ClassicLevel(path.join(folder, 'database'));
  const keys = (await level.keys().all()).filter((name) => name.startsWith(`index-global~${tableName}~due~`));
  await level.batch(keys.map((name) => ({ type: 'del', key: name })));
  await level.close();
  return keys.length;
}

describe('a record that is due and has lost its row in the index', () => {
  it('is found again, and written no other way', async () => {
    await using folder = await temporaryFolder();
    const before = await openDatabase(folder.path);
    const { begun, completed, publish, headOf } = recordsOf(before, testClock());
    const open = await begun();
    const final = await completed({ callback_url: 'https://me.example/hook' });
    await publish(await headOf(final.detect_task_id));
    const done = await completed();
    await publish(done);
    const heads = await Promise.all([open, final, done].map(({ detect_task_id }) => headOf(detect_task_id)));
    await before.close();
    expect(await dropDueRows(folder.path)).toBe(2);

    const database = await openDatabase(folder.path);
    const after = recordsOf(database, testClock());
    const deps = { dynamodb: database.client, tableName, records: after.records };
    expect(await dueOf(after.records)).toEqual([]);
    expect(await restoreDueRows(deps)).toBe(2);
    expect(await dueOf(after.records)).toEqual([open.detect_task_id, final.detect_task_id].toSorted());
    for (const head of heads) expect(await after.headOf(head.detect_task_id)).toEqual(head);
    expect(await restoreDueRows(deps)).toBe(0);
    await database.close();
  });
});
