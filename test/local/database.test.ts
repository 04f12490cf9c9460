import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { key } from '../../functions/records/table.ts';
import { foreignFault } from '../../local/data-folder.ts';
import { openDatabase } from '../../local/database.ts';
import { tableName } from '../../local/table.ts';

const keyOf = (id: string) => ({ [key]: { S: id } });
const put = (id: string) => new PutItemCommand({ TableName: tableName, Item: keyOf(id) });
const get = (id: string) =>
  new GetItemCommand({ TableName: tableName, Key: keyOf(id), ConsistentRead: true });

describe('the embedded database', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'database-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is spoken to in-process by its owner, and over the socket by others', async () => {
    const owner = await openDatabase(folder);
    const guest = await openDatabase(folder);
    expect([owner.isOwner(), guest.isOwner()]).toEqual([true, false]);
    await guest.client.send(put('of a guest'));
    await rm(path.join(folder, 'db.sock'));
    expect(await owner.client.send(get('of a guest'))).toMatchObject({ Item: keyOf('of a guest') });
    await guest.close();
    await owner.close();
  });

  it('is for this user alone, also in a folder that lets others in', async () => {
    await chmod(folder, 0o755);
    const owner = await openDatabase(folder);
    expect((await stat(path.join(folder, 'database'))).mode & 0o777).toBe(0o700);
    await owner.close();
  });

  it('does not open in a folder that every user may write into', async () => {
    await chmod(folder, 0o757);
    await expect(openDatabase(folder)).rejects.toThrow(
      `FACE_POLLER_DATA: every user may write into the folder; \`chmod o-w\` it, or name another: ${folder}`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    [
      "another user's",
      { uid: 4321, mode: 0o40700 },
      1000,
      'the folder belongs to another user; name one of your own',
    ],
    ["root's", { uid: 0, mode: 0o40755 }, 1000, 'the folder belongs to another user; name one of your own'],
    [
      "a user's, opened by root",
      { uid: 1000, mode: 0o40700 },
      0,
      'the folder belongs to another user; name one of your own',
    ],
    ['its own, for its group too', { uid: 1000, mode: 0o40775 }, 1000, undefined],
    ['any, where users have no numbers', { uid: 0, mode: 0o40777 }, undefined, undefined],
  ])('is in a folder of its own: %s', (_, stats, own, fault) => {
    expect(foreignFault(stats, own)).toBe(fault);
  });

  it('answers what its owner asked before it leaves, and keeps it', async () => {
    const owner = await openDatabase(folder);
    const ids = Array.from({ length: 50 }, (_, index) => `late-${index}`);
    const writes = Promise.all(ids.map((id) => owner.client.send(put(id))));
    // By then each call is with the database.
    await Promise.resolve();
    await Promise.all([writes, owner.client.send(get('late-0')).then(() => owner.close())]);
    const next = await openDatabase(folder);
    for (const id of ids) expect(await next.client.send(get(id))).toMatchObject({ Item: keyOf(id) });
    await next.close();
  });
});
