import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';

import { type Database, openDatabase } from '../../local/database.ts';
import { tableName } from '../../local/table.ts';
import { temporaryFolder } from '../support/cli.ts';

async function withDatabase(
  damage: (folder: string) => Promise<void>,
  look: (folder: string) => Promise<void>,
) {
  await using folder = await temporaryFolder();
  const data = path.join(folder.path, 'data');
  const database = await openDatabase(data);
  for (let index = 0; index < 60; index++) await put(database, `task-${index}`);
  await database.close();
  await damage(path.join(data, 'database'));
  await look(data);
}

const put = (database: Database, id: string) =>
  database.client.send(
    new PutItemCommand({
      TableName: tableName,
      Item: { detect_task_id: { S: id }, note: { S: 'x'.repeat(400) } },
    }),
  );

async function logIn(folder: string): Promise<string> {
  const name = (await readdir(folder)).find((each) => each.endsWith('.log'));
  if (name === undefined) throw new Error('no log');
  return path.join(folder, name);
}

const flip = async (folder: string): Promise<void> => {
  const file = await logIn(folder);
  const bytes = await readFile(file);
  bytes.writeUInt8(bytes.readUInt8(9_000) ^ 0xff, 9_000);
  await writeFile(file, bytes);
};

const lose = (folder: string): Promise<void> => rm(path.join(folder, 'CURRENT'));

describe('a damaged database', { timeout: 30_000 }, () => {
  it('says what it lost to a flipped byte, once', async () => {
    await withDatabase(flip, async (data) => {
      const damaged = await openDatabase(data);
      expect(damaged.loss()).toMatch(
        /^the database was damaged and opened without \d+ bytes of its last writes: /,
      );
      await damaged.close();
      const later = await openDatabase(data);
      expect(later.loss()).toBeUndefined();
      await later.close();
    });
  });

  it('is not begun anew where its list of files is lost', async () => {
    await withDatabase(lose, async (data) => {
      await expect(openDatabase(data)).rejects.toThrow(
        'FACE_POLLER_DATA: the database is damaged, its file CURRENT is missing: restore',
      );
    });
  });

  it('is one that says so: a whole one is silent', async () => {
    await withDatabase(
      async () => {},
      async (data) => {
        const whole = await openDatabase(data);
        expect(whole.loss()).toBeUndefined();
        await whole.close();
      },
    );
  });
});
