import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { claimMs } from '../../../functions/archive/archive.ts';
import type { Got } from '../../../functions/archive/get.ts';
import { parallel, runMs } from '../../../functions/archive/policy.ts';
import { deliveryId } from '../../../functions/detection/types.ts';
import type { Head } from '../../../functions/records/item.ts';
import { isPublished } from '../../../functions/records/outbox.ts';
import { markup, pictureNamed, pictures } from '../../support/pictures.ts';
import { answerOf, facesOf, newId, ownerNamed, some, written } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { archivesOn } from './archives.ts';

const table = await openSuiteTable();
const at = (ms: number): string => new Date(ms).toISOString();
/** Nothing is left to be done before its pictures expire. */
const expiringOf = ({ expires_at }: Head) => ({
  due_at: at(expires_at * 1_000 - 3_600_000),
  due_shard: -1,
});

describe('archiving', () => {
  it('keeps every picture under its key, writes the manifest last and says so', async () => {
    const on = archivesOn(table);
    const head = await on.settled(2);
    const { detect_task_id: id } = head;
    expect(head.archive).toEqual({ state: 'pending', faces: 0, bytes: 0, at: at(on.clock.now()) });
    on.clock.pass(1_000);
    const order: string[] = [];
    on.store.before = (call, key) => void order.push(`${call} ${key}`);
    expect(await on.archive(id)).toBe('complete');
    const bytes = facesOf(2).map(({ link }) => pictureNamed(link));
    const sha256 = bytes.map((each) => createHash('sha256').update(each).digest('hex'));
    const keys = sha256.map((hash, face) => `faces/${id}/1/${face}-${hash.slice(0, 16)}.png`);
    expect(on.keys()).toEqual([...keys, `faces/${id}/1/manifest.json`].toSorted());
    expect(order.at(-1)).toBe(`put faces/${id}/1/manifest.json`);
    expect(on.manifest(head)).toEqual(
      keys.map((key, face) => ({
        id: face,
        key,
        sha256: sha256[face],
        bytes: bytes[face]?.length,
        content_type: 'image/png',
        width: 3,
        height: 2,
      })),
    );
    expect(keys.map((key) => on.store.objects.get(key))).toEqual(
      bytes.map((each) => ({ bytes: each, contentType: 'image/png' })),
    );
    expect(on.store.objects.get(`faces/${id}/1/manifest.json`)?.contentType).toBe('application/json');
    const total = bytes.reduce((sum, each) => sum + each.length, 0);
    const after = await on.headOf(id);
    expect(after.archive).toEqual({ state: 'complete', faces: 2, bytes: total, at: at(on.clock.now()) });
    expect(after).toMatchObject(expiringOf(after));
    expect(after).not.toHaveProperty('archive_due_at');
    expect(after).not.toHaveProperty('archive_next');
    // Neither lists nor webhooks may see it: nothing of what they send has changed.
    expect(after.updated_at).toBe(head.updated_at);
    expect(on.put).toEqual([
      {
        detailType: 'Face Images Archived',
        detail: {
          version: 1,
          id: `${id}_1_archived`,
          detect_task_id: id,
          attempt: 1,
          state: 'complete',
          face_count: 2,
          faces: 2,
          bytes: total,
        },
        resources: [head.execution_arn],
      },
    ]);
    expect(on.lines).toEqual([{ detect_task_id: id, archive: 'complete', faces: 2, bytes: total }]);
    expect(on.measured).toEqual([['archives', 1, 'complete']]);
  });

  it('is done once, however often it is asked for', async () => {
    const on = archivesOn(table);
    const { detect_task_id } = await on.settled(3);
    await Promise.all([on.archive(detect_task_id), on.archive(detect_task_id)]);
    expect(await on.archive(detect_task_id)).toBeUndefined();
    expect(on.fetched).toHaveLength(3);
    expect(on.put).toHaveLength(1);
  });

  it('is none of a record that is open, failed, abandoned, without faces, forgotten or absent', async () => {
    const on = archivesOn(table);
    const forgotten = await on.settled();
    await on.records.forget(forgotten.detect_task_id);
    const heads = [await on.begun(), await on.abandoned(), await on.settled(0), forgotten];
    for (const { detect_task_id } of heads) expect(await on.archive(detect_task_id)).toBeUndefined();
    expect(await on.archive(newId())).toBeUndefined();
    expect(heads.map((head) => head.archive?.state)).toEqual([undefined, undefined, undefined, 'pending']);
    expect(on.keys()).toEqual([]);
    expect(on.fetched).toEqual([]);
  });

  it('begins before the write that marks the record as published, and makes up for it', async () => {
    const on = archivesOn(table);
    const head = await on.completed({ callback_url: 'https://hooks.example/' });
    expect(await on.archive(head.detect_task_id, Infinity, deliveryId(head))).toBe('complete');
    expect(await on.publish(head)).toBe('conflict');
    expect(await on.headOf(head.detect_task_id)).toMatchObject({
      archive: { state: 'complete' },
      delivery: { state: 'pending', attempts: 0 },
      due_at: at(on.clock.now() + 5 * 60_000),
    });
  });

  it('is not begun a day after the result: the links are gone', async () => {
    const on = archivesOn(table);
    const head = await on.completed();
    on.clock.pass(24 * 3_600_000 + 1);
    expect(await on.archive(head.detect_task_id, Infinity, deliveryId(head))).toBeUndefined();
  });

  it('is not begun by the late event of a record that was forgotten: the next would count as published', async () => {
    const on = archivesOn(table);
    const old = await on.settled();
    const { detect_task_id: id } = old;
    await on.records.forget(id);
    const next = await on.begun({ detect_task_id: id }, ownerNamed(`2-${id}`, 2));
    const settled = await written(on.records.complete(next, answerOf(facesOf(2)), some));
    expect(await on.archive(id, Infinity, deliveryId(old))).toBeUndefined();
    expect(await on.archive(id)).toBeUndefined();
    expect(isPublished(await on.headOf(id))).toBe(false);
    expect(await on.archive(id, Infinity, deliveryId(settled))).toBe('complete');
  });
});

const numberOf = (link: string): string => /\/(\d+)\?/.exec(link)?.[1] ?? '';

describe('links that give no picture', () => {
  const gives: Record<string, Got> = {
    '0': { bytes: pictures.png },
    '1': { fault: 'http-404' },
    '2': { fault: 'blocked-address' },
    '3': { fault: 'redirected' },
    '4': { fault: 'too-large' },
    '5': { bytes: Buffer.from('<!doctype html>') },
    '6': { bytes: markup },
    '7': { fault: 'timeout' },
  };

  it('stand in the archive by face and reason; the others are kept, and the detection stays as it is', async () => {
    const on = archivesOn(table);
    on.outside.fetchLink = async (link) => gives[numberOf(link)] ?? { fault: 'network' };
    const head = await on.settled(8);
    expect(await on.archive(head.detect_task_id)).toBe('partial');
    const { archive, archive_due_at: _, due_at: _due, due_shard: _shard, ...rest } = head;
    expect(archive?.state).toBe('pending');
    expect(await on.headOf(head.detect_task_id)).toEqual({
      ...rest,
      ...expiringOf(head),
      archive: {
        state: 'partial',
        faces: 1,
        bytes: pictures.png.length,
        at: at(on.clock.now()),
        faults: [
          { id: 1, reason: 'http-404' },
          { id: 2, reason: 'blocked-address' },
          { id: 3, reason: 'redirected' },
          { id: 4, reason: 'too-large' },
          { id: 5, reason: 'not-a-picture' },
          { id: 6, reason: 'not-a-picture' },
          { id: 7, reason: 'timeout' },
        ],
      },
    });
    expect(on.manifest(head).map(({ id }) => id)).toEqual([0]);
    expect(on.keys()).toHaveLength(2);
    expect(on.measured).toEqual([['archives', 1, 'partial']]);
  });

  it('are all that there is: the archive failed, with an empty manifest', async () => {
    const on = archivesOn(table);
    on.outside.fetchLink = async () => ({ fault: 'http-403' });
    const head = await on.settled(2);
    expect(await on.archive(head.detect_task_id)).toBe('failed');
    expect(on.manifest(head)).toEqual([]);
    expect((await on.headOf(head.detect_task_id)).archive).toMatchObject({
      state: 'failed',
      faces: 0,
      bytes: 0,
    });
  });

  it.each([
    ['reset', 2],
    ['cut', 2],
    ['dns', 2],
    ['http-429', 2],
    ['http-500', 2],
    ['http-503', 2],
    ['http-404', 1],
    ['http-403', 1],
    ['timeout', 1],
    ['connection-refused', 1],
    ['redirected', 1],
  ] as const)('are asked as often as it can help: %s, %i times', async (fault, times) => {
    const on = archivesOn(table);
    on.outside.fetchLink = async () => ({ fault });
    const { detect_task_id } = await on.settled(1);
    const beganMs = on.clock.now();
    await on.archive(detect_task_id);
    expect(on.fetched).toHaveLength(times);
    expect(on.clock.now() - beganMs).toBe((times - 1) * 1_000);
  });

  it('and pass are kept at the second time', async () => {
    const on = archivesOn(table);
    const answers: Got[] = [{ fault: 'http-502' }, { bytes: pictures.gif }];
    on.outside.fetchLink = async () => answers.shift() ?? { fault: 'network' };
    const head = await on.settled(1);
    expect(await on.archive(head.detect_task_id)).toBe('complete');
    expect(on.manifest(head)).toMatchObject([{ id: 0, content_type: 'image/gif' }]);
  });

  it('fill the record no further than a hundred faults', async () => {
    const on = archivesOn(table);
    on.outside.fetchLink = async (link) =>
      numberOf(link) === '500' ? { bytes: pictures.png } : { fault: 'http-404' };
    const head = await on.settled(501);
    expect(await on.archive(head.detect_task_id)).toBe('partial');
    const { archive } = await on.headOf(head.detect_task_id);
    expect(archive?.faults).toHaveLength(100);
    expect(archive?.faults?.at(-1)).toEqual({ id: 99, reason: 'http-404' });
    expect(archive?.faces).toBe(1);
    expect(on.manifest(head).map(({ id }) => id)).toEqual([500]);
  });
});

describe('many faces', () => {
  it('are fetched eight at a time, each once and in order', async () => {
    const on = archivesOn(table);
    let underWay = 0;
    let most = 0;
    on.outside.fetchLink = async (link) => {
      most = Math.max(most, (underWay += 1));
      await new Promise(setImmediate);
      underWay -= 1;
      return { bytes: pictureNamed(link) };
    };
    const head = await on.settled(40);
    expect(await on.archive(head.detect_task_id)).toBe('complete');
    expect(most).toBe(parallel);
    expect(on.manifest(head).map(({ id }) => id)).toEqual(facesOf(40).map(({ id }) => id));
    expect(new Set(on.fetched).size).toBe(40);
    expect(on.fetched).toHaveLength(40);
  });

  it('go over several runs and invocations, with what is done kept', async () => {
    const on = archivesOn(table);
    const head = await on.settled(1_200);
    const { detect_task_id: id } = head;
    const slow = on.outside.fetchLink;
    on.outside.fetchLink = async (link) => {
      on.clock.pass(100);
      return slow(link);
    };
    // A run begins no face after its time, and an invocation no run that could outlive it.
    expect(await on.archive(id, on.clock.now() + claimMs + runMs)).toBe('pending');
    const between = await on.headOf(id);
    const done = between.archive_next ?? 0;
    expect(done).toBeGreaterThan(200);
    expect(done).toBeLessThan(500);
    expect(between.archive).toMatchObject({ state: 'pending', faces: done });
    // The next invocation may claim it at once.
    expect(between.archive_due_at).toBe(at(on.clock.now()));
    expect(on.put).toEqual([{ detailType: 'Face Images Archive Due', detail: { detect_task_id: id } }]);
    expect(on.keys().filter((key) => key.includes('part-'))).toEqual([`faces/${id}/1/part-0.json`]);
    on.outside.fetchLink = slow;
    expect(await on.archive(id)).toBe('complete');
    expect(on.manifest(head).map(({ id: face }) => face)).toEqual(facesOf(1_200).map(({ id: face }) => face));
    expect(on.fetched).toHaveLength(1_200);
    expect(on.keys().filter((key) => key.includes('part-'))).toEqual([]);
    expect((await on.headOf(id)).archive).toMatchObject({ state: 'complete', faces: 1_200 });
  });

  it('are not begun by an invocation without time for a run', async () => {
    const on = archivesOn(table);
    const { detect_task_id } = await on.settled(2);
    expect(await on.archive(detect_task_id, on.clock.now() + claimMs - 1)).toBe('pending');
    expect(on.fetched).toEqual([]);
    expect(await on.archive(detect_task_id, on.clock.now() + claimMs)).toBe('complete');
  });
});
