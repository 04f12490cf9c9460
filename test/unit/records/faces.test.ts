import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { type Face } from '../../../functions/detection/types.ts';
import { fitsInline, paginate } from '../../../functions/records/faces.ts';
import type { Head } from '../../../functions/records/item.ts';
import { answerOf, facesOf, recordsOf, some, testClock, wonBy } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';

const table = await openSuiteTable();

const { records, begun, headOf } = recordsOf(table, testClock());
const failure = { kind: 'failed', code: 'DETECTION_FAILED', provider: {} } as const;
const lost = detectionError('EXECUTION_LOST');
const kilobyte = 1_024;
/** DynamoDB's own limit for an item. */
const maxItemBytes = 400 * kilobyte;
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
/** One face of exactly so many bytes, as the records count them. */
const oneFaceOf = (bytes: number): Face[] => facesOf(1, bytes - 40);

describe('faces', () => {
  it.each([
    ['none', []],
    ['one with a short link', facesOf(1)],
    ['8 KB', oneFaceOf(8 * kilobyte)],
  ])('are stored in the head up to 8 KB: %s', async (_what, faces) => {
    const head = await begun();
    await records.complete(head, answerOf(faces), some);
    const settled = await headOf(head.detect_task_id);
    expect(settled).toMatchObject({ faces, face_count: faces.length });
    expect(settled).not.toHaveProperty('faces_ref');
    expect(table.calls()).toEqual({ UpdateItem: 1, GetItem: 1 });
  });

  it('over 8 KB are all stored in pages', async () => {
    const head = await begun();
    const faces = oneFaceOf(8 * kilobyte + 1);
    await records.complete(head, answerOf(faces), some);
    const settled = await headOf(head.detect_task_id);
    expect(settled).toMatchObject({ face_count: 1, face_pages: 1 });
    expect(settled).not.toHaveProperty('faces');
    expect(settled).not.toHaveProperty('page_refs');
    const { faces_ref } = settled;
    const page = `${head.detect_task_id}#${faces_ref}#0`;
    const stored = await table.stored(head.detect_task_id);
    expect([...stored.keys()].toSorted()).toEqual([head.detect_task_id, page].toSorted());
    expect(stored.get(page)).toEqual({ faces, expires_at: settled.expires_at });
  });

  it('are measured in bytes, not in characters', () => {
    expect(fitsInline([{ id: 0, link: 'x'.repeat(8_000) }])).toBe(true);
    expect(fitsInline([{ id: 0, link: 'ä'.repeat(8_000) }])).toBe(false);
  });

  it('with the longest accepted links still fit into an item each', () => {
    const faces = Array.from({ length: 5 }, (_, id) => ({ id, link: '€'.repeat(65_536) }));
    for (const page of paginate(faces)) expect(bytesOf(page)).toBeLessThan(maxItemBytes);
    expect(paginate(faces).flat()).toEqual(faces);
  });

  it('keep repeated ids and their order', async () => {
    const head = await begun();
    const faces = [3, 1, 1, 2].map((id) => ({ id, link: `https://cdn.example/${id}`.padEnd(4_000, 'x') }));
    await records.complete(head, answerOf(faces), some);
    expect((await records.get(head.detect_task_id))?.faces).toEqual(faces);
  });
});

describe('concurrent completions in pages', () => {
  it('leave one set of pages: each loser deletes its own', async () => {
    const head = await begun();
    const answers = Array.from({ length: 6 }, (_, rival) =>
      answerOf(facesOf(6 + rival, 60_000), `by-${rival}`),
    );
    await wonBy(6, (rival) => records.complete(head, answers[rival] as (typeof answers)[0], some));
    const settled = await headOf(head.detect_task_id);
    const winner = answers.find((answer) => 'detectId' in answer && answer.detectId === settled.detect_id);
    expect(winner).toMatchObject({ faces: (await records.get(head.detect_task_id))?.faces });
    expect(settled).not.toHaveProperty('page_refs');
    expect(settled.face_pages).toBeGreaterThan(1);
    expect(await table.stored(head.detect_task_id)).toHaveProperty('size', 1 + (settled.face_pages ?? 0));
  });

  it('write no page where the record is final already', async () => {
    const head = await begun();
    await records.complete(head, answerOf([]), some);
    table.reset();
    expect(await records.complete(head, answerOf(facesOf(6, 60_000)), some)).toBe('conflict');
    expect(table.calls()).toEqual({ UpdateItem: 1 });
  });

  it('delete their pages where the record becomes final meanwhile', async () => {
    const head = await begun();
    table.before('PutItem', () => records.complete(head, answerOf(facesOf(1)), some), { skip: 1 });
    expect(await records.complete(head, answerOf(facesOf(6, 60_000)), some)).toBe('conflict');
    expect([...(await table.stored(head.detect_task_id)).keys()]).toEqual([head.detect_task_id]);
    expect(await headOf(head.detect_task_id)).not.toHaveProperty('page_refs');
  });

  it('do not restore a record that is deleted meanwhile', async () => {
    const head = await begun();
    table.before('PutItem', () => table.drop(head.detect_task_id));
    expect(await records.complete(head, answerOf(facesOf(6, 60_000)), some)).toBe('conflict');
    expect(await table.stored(head.detect_task_id)).toHaveProperty('size', 0);
  });
});

describe('an invocation that dies while it writes pages', () => {
  it.each([
    ['before the first page', 'PutItem', 'dead-before', 0, 0],
    ['after the first page', 'PutItem', 'dead-after', 0, 1],
    ['before the final write', 'UpdateItem', 'dead-before', 1, 2],
  ] as const)(
    '%s leaves a reference by which they are found',
    async (_when, operation, fault, skip, pages) => {
      const head = await begun();
      table.fail(operation, fault, { skip });
      const dying = records.complete(head, answerOf(facesOf(6, 60_000)), some);
      await expect(dying).rejects.toThrow(ProcessDied);
      const { page_refs, status } = await headOf(head.detect_task_id);
      expect(status).toBe('starting');
      const [ref] = page_refs ?? [];
      const stored = [...(await table.stored(head.detect_task_id)).keys()];
      expect(stored.filter((name) => name.startsWith(`${head.detect_task_id}#${ref}#`))).toHaveLength(pages);
    },
  );

  it.each([
    ['completes with a failure', (head: Head) => records.complete(head, failure, some)],
    ['gives up', (head: Head) => records.abandon(head, lost, some)],
    ['is cancelled', (head: Head) => records.cancel(head.detect_task_id, lost)],
  ])('leaves pages that stay due after another one %s', async (_what, finish) => {
    const head = await begun();
    table.fail('PutItem', 'dead-after');
    await expect(records.complete(head, answerOf(facesOf(6, 60_000)), some)).rejects.toThrow(ProcessDied);
    const { page_refs } = await headOf(head.detect_task_id);
    await finish(await headOf(head.detect_task_id));
    expect(await headOf(head.detect_task_id)).toMatchObject({ due_shard: 0, page_refs });
  });

  it('leaves pages whose reference stays due after another one completes', async () => {
    const head = await begun();
    table.fail('PutItem', 'dead-after');
    await expect(records.complete(head, answerOf(facesOf(6, 60_000)), some)).rejects.toThrow(ProcessDied);
    const faces = facesOf(7, 60_000);
    await records.complete(await headOf(head.detect_task_id), answerOf(faces), some);
    const settled = await headOf(head.detect_task_id);
    expect(settled).toMatchObject({ status: 'succeeded', due_at: head.due_at, due_shard: 0 });
    expect(settled.page_refs).toHaveProperty('size', 1);
    expect(settled.page_refs).not.toContain(settled.faces_ref);
    expect((await records.get(head.detect_task_id))?.faces).toEqual(faces);
  });
});

describe('the faces of a large group', () => {
  it('are read back in order: 10,000 with links of 800 bytes, in items of allowed size', async () => {
    const head = await begun();
    const faces = facesOf(10_000, 800).toReversed();
    await records.complete(head, answerOf(faces), some);
    const detection = await records.get(head.detect_task_id);
    expect(detection).toMatchObject({ status: 'succeeded', face_count: 10_000 });
    expect(detection?.faces).toEqual(faces);
    const items = [...(await table.stored(head.detect_task_id)).values()];
    expect(items.length).toBeGreaterThan(20);
    for (const item of items) expect(bytesOf(item)).toBeLessThan(maxItemBytes);
    expect(items.reduce((sum, item) => sum + ((item['faces'] as Face[] | undefined) ?? []).length, 0)).toBe(
      10_000,
    );
  });
});
