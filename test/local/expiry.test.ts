/** Expired items are deleted for good: no clock that was wrong for a while may cause it. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';

import { toItem } from '../../functions/records/item.ts';
import { deleteExpired } from '../../local/expiry.ts';
import { tableName } from '../../local/table.ts';
import { noonMs } from '../support/records.ts';
import { openTable } from '../support/table.ts';

const hour = 60 * 60_000;
const day = 24 * hour;

/** One item that expires in 30 days by a right clock, and rounds by any. */
async function machine() {
  const table = await openTable();
  const put = (item: object) =>
    table.client.send(new PutItemCommand({ TableName: tableName, Item: toItem(item) }));
  await put({ detect_task_id: 'task', attempt: 2, expires_at: (noonMs + 30 * day) / 1_000 });
  const deleted: string[] = [];
  const deletePictures = async (id: string, attempt: number): Promise<void> =>
    void deleted.push(`${id} ${attempt}`);
  return {
    put,
    deleted,
    round: (afterMs: number) =>
      deleteExpired({ dynamodb: table.client, tableName, deletePictures }, noonMs + afterMs),
    isThere: async () => (await table.items()).has('task'),
    [Symbol.asyncDispose]: () => table.close(),
  };
}

describe('an expired item', () => {
  it('is deleted, its pictures too, two days or more after a round that found it expired', async () => {
    await using one = await machine();
    for (const at of [0, day, 30 * day - hour, 31 * day, 33 * day - hour]) await one.round(at);
    expect(await one.isThere()).toBe(true);
    await one.round(35 * day);
    expect([await one.isThere(), one.deleted]).toEqual([false, ['task 2']]);
  });

  it('is deleted on a machine that runs once a week', async () => {
    await using one = await machine();
    for (const week of [0, 1, 2, 3, 4, 5]) await one.round(week * 7 * day);
    expect(await one.isThere()).toBe(true);
    await one.round(6 * 7 * day);
    expect(await one.isThere()).toBe(false);
  });
});

describe.each([31, 365, 3_650])('a clock that is %d days ahead', (days) => {
  const wrong = days * day;

  it.each([
    ['at the first round', [wrong, wrong + hour]],
    ['for a day', [0, ...Array.from({ length: 25 }, (_, hours) => wrong + hours * hour)]],
    [
      'again and again',
      [0, wrong, hour, wrong + 2 * hour, 3 * hour, 2 * day, wrong + 2 * day, 2 * day + hour],
    ],
    ['between right ones', [0, day, wrong, 4 * day, wrong + day, 5 * day]],
  ])('deletes nothing: %s', async (_when, rounds) => {
    await using one = await machine();
    for (const at of rounds) await one.round(at);
    expect([await one.isThere(), one.deleted]).toEqual([true, []]);
  });

  it('does not keep a right one from deleting', async () => {
    await using one = await machine();
    for (const at of [0, wrong, 31 * day, 33 * day]) await one.round(at);
    expect(await one.isThere()).toBe(false);
  });
});

it.each([{}, { since_ms: 'then' }, { since_ms: null }, { since_ms: -1e15 }, { since_ms: 1e15 }])(
  'a note that no process wrote, %j, deletes nothing and is replaced',
  async (values) => {
    await using one = await machine();
    await one.put({ detect_task_id: '#expiry', ...values });
    await one.round(0);
    expect(await one.isThere()).toBe(true);
    for (const at of [31 * day, 33 * day]) await one.round(at);
    expect(await one.isThere()).toBe(false);
  },
);
