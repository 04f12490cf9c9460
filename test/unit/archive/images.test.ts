/** What readers of archived pictures get, and how often the manifest is read for it. */
import { beforeEach, describe, expect, it } from 'vitest';

import { createImages } from '../../../functions/archive/images.ts';
import { jsonBytes, type ManifestEntry } from '../../../functions/archive/manifest.ts';
import { keysOf } from '../../../functions/archive/store.ts';
import { facesOf, newId } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { archivesOn } from './archives.ts';

const table = await openSuiteTable();

function readers() {
  const on = archivesOn(table);
  const reads: string[] = [];
  on.store.before = (call, key) => {
    if (call === 'read') reads.push(key);
  };
  const archived = async (faces: number) => {
    const head = await on.settled(faces);
    await on.archive(head.detect_task_id);
    reads.length = 0;
    return head;
  };
  return { ...on, reads, archived, images: createImages(on) };
}

describe('the pictures of a record', () => {
  let on: ReturnType<typeof readers>;
  beforeEach(() => {
    on = readers();
  });

  it('are listed in the order of its faces, each with its address in place of its key', async () => {
    const head = await on.archived(3);
    const [first, ...others] = on.manifest(head);
    const { key, ...entry } = first as unknown as ManifestEntry;
    const list = await on.images.list(head.detect_task_id);
    expect(list).toHaveLength(3);
    expect(list?.[0]).toEqual({ ...entry, url: `https://bucket.example/${key}` });
    expect(list?.slice(1).map(({ id }) => id)).toEqual(others.map(({ id }) => id));
  });

  it('are none by a manifest that another writer of the bucket has changed into paths', async () => {
    const head = await on.archived(1);
    const { detect_task_id: id, attempt } = head;
    const [entry] = on.manifest(head);
    const hostile = [{ ...(entry as unknown as ManifestEntry), content_type: 'image//../../other.sh' }];
    await on.store.put(keysOf(id, attempt).manifest, jsonBytes(hostile), 'application/json');
    await expect(on.images.list(id)).rejects.toThrow('content_type');
  });

  it('are found by face, and there is none of another', async () => {
    const { detect_task_id: id } = await on.archived(2);
    expect(await on.images.one(id, 1)).toMatchObject({ id: facesOf(2)[1]?.id, width: 3, height: 2 });
    expect(await on.images.one(id, 7)).toBeUndefined();
  });

  it('are none where the record has none, none yet, or is not there', async () => {
    const without = await on.settled(0);
    const pending = await on.settled(1);
    const forgotten = await on.archived(1);
    await on.records.forget(forgotten.detect_task_id);
    for (const { detect_task_id } of [without, pending])
      expect(await on.images.list(detect_task_id)).toEqual([]);
    for (const id of [forgotten.detect_task_id, newId()]) {
      expect(await on.images.list(id)).toBeUndefined();
      expect(await on.images.one(id, 0)).toBeUndefined();
    }
    expect(on.reads).toEqual([]);
  });

  it('are seen once they are archived, by a reader that has asked before', async () => {
    const { detect_task_id: id } = await on.settled(1);
    expect(await on.images.list(id)).toEqual([]);
    await on.archive(id);
    expect(await on.images.list(id)).toHaveLength(1);
  });

  it('are none where the archive failed without a manifest', async () => {
    const head = await on.archived(1);
    on.store.objects.clear();
    expect(await on.images.list(head.detect_task_id)).toEqual([]);
  });

  it('cost one read of the manifest, as long as eight others do not come in between', async () => {
    const ids = [];
    for (let record = 0; record < 9; record++) ids.push((await on.archived(1)).detect_task_id);
    const [first, ...others] = ids as [(typeof ids)[number], ...typeof ids];
    const manifest = `faces/${first}/1/manifest.json`;
    await on.images.one(first, 0);
    for (const id of others.slice(0, 7)) await on.images.list(id);
    await on.images.list(first);
    expect(on.reads.filter((key) => key === manifest)).toHaveLength(1);
    await on.images.list(others[7] ?? first);
    expect(on.reads).toHaveLength(9);
    await on.images.list(first);
    expect(on.reads.filter((key) => key === manifest)).toHaveLength(2);
  });
});
