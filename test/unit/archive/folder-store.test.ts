/** Pictures in a folder of one machine. */
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { folderStore } from '../../../functions/archive/folder-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictures-'));
});
afterEach(() => rm(folder, { recursive: true }));

const files = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => path.extname(name) !== '').toSorted();
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
const modeOf = async (name: string): Promise<number> => (await stat(path.join(folder, name))).mode & 0o777;

it('a picture is read as it was put, also for the second time, and a missing one is nothing', async () => {
  const store = folderStore(folder);
  await store.put('faces/a/1/0.png', Buffer.from('first'), 'image/png');
  await store.put('faces/a/1/0.png', Buffer.from('second'), 'image/png');
  expect(text(await store.read('faces/a/1/0.png'))).toBe('second');
  expect(await files()).toEqual(['faces/a/1/0.png']);
  expect(await store.read('faces/a/1/1.png')).toBeUndefined();
  expect(await store.locate('faces/a/1/0.png')).toEqual({ file: path.join(folder, 'faces/a/1/0.png') });
});

it('a picture is for this user only, and so is its folder', async () => {
  await folderStore(folder).put('faces/a/1/0.png', Buffer.from('bytes'), 'image/png');
  expect(await modeOf('faces/a/1/0.png')).toBe(0o600);
  expect(await modeOf('faces/a')).toBe(0o700);
});

it('what cannot be read is an error, and not missing', async () => {
  await mkdir(path.join(folder, 'faces/a/1/0.png'), { recursive: true });
  await expect(folderStore(folder).read('faces/a/1/0.png')).rejects.toThrow('EISDIR');
});

it('objects are deleted by key, and one that is gone already is no fault', async () => {
  const store = folderStore(folder);
  for (const key of ['faces/a/1/0.png', 'faces/a/1/1.png', 'faces/a/1/2.png'])
    await store.put(key, Buffer.from(key), 'image/png');
  await store.delete(['faces/a/1/0.png', 'faces/a/1/9.png', 'faces/a/1/2.png']);
  expect(await files()).toEqual(['faces/a/1/1.png']);
});

it('all of an attempt goes, with the folder of a task that has nothing else', async () => {
  const store = folderStore(folder);
  for (const key of ['faces/a/1/0.png', 'faces/a/2/0.png', 'faces/ab/1/0.png'])
    await store.put(key, Buffer.from(key), 'image/png');
  await store.deleteUnder('faces/a/1/');
  await store.deleteUnder('faces/a/1/');
  expect(await files()).toEqual(['faces/a/2/0.png', 'faces/ab/1/0.png']);
  await store.deleteUnder('faces/a/2/');
  expect(await readdir(path.join(folder, 'faces'))).toEqual(['ab']);
});
