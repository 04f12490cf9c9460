import { describe, expect, it } from 'vitest';

import type { DetectTaskId } from '../../../functions/detection/input.ts';
import type { Face } from '../../../functions/detection/types.ts';
import { apisOn } from '../../support/apis.ts';
import { answerOf, facesOf, newId, none } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

type World = ReturnType<typeof apisOn>;

/** A settled record of these faces. */
async function settled({ begun, records }: World, faces: Face[], id = newId()): Promise<DetectTaskId> {
  await records.complete(await begun({ detect_task_id: id }), answerOf(faces), none);
  table.reset();
  return id;
}

/** The faces of every page, and how long each page's body is. */
async function read({ answer, ask }: World, id: string) {
  const pages: Face[][] = [];
  const bytes: number[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? '' : `cursor=${cursor}`;
    const request = { method: 'GET', path: `/detections/${id}`, query, headers: {}, body: Buffer.alloc(0) };
    bytes.push(Buffer.byteLength(JSON.stringify((await answer(request)).body)));
    const { status, body } = await ask(`GET /detections/${id}?${query}`);
    expect(status).toBe(200);
    pages.push(body.faces ?? []);
    cursor = body.cursor;
  } while (cursor !== undefined);
  return { pages, bytes };
}

describe('GET /detections/{detect_task_id}', () => {
  it.each([
    ['none', 0, [0]],
    ['few', 3, [3]],
    ['as many as one answer takes', 1_000, [1_000]],
    ['one more than one answer takes', 1_001, [1_000, 1]],
    ['thousands', 10_000, Array.from({ length: 10 }, () => 1_000)],
  ])('returns all faces in order, a thousand in an answer: %s', async (_what, count, sizes) => {
    const world = apisOn(table);
    const faces = facesOf(count);
    const id = await settled(world, faces);
    const { pages } = await read(world, id);
    expect(pages.map((page) => page.length)).toEqual(sizes);
    expect(pages.flat()).toEqual(faces);
  });

  it('keeps every answer below the limit of Lambda, for links of any length and letters', async () => {
    const world = apisOn(table);
    const faces = Array.from({ length: 150 }, (_, id) => ({ id, link: `${id}${'"'.repeat(30_000)}` }));
    const id = await settled(world, faces);
    const { pages, bytes } = await read(world, id);
    expect(pages.flat()).toEqual(faces);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.length).toBeLessThan(10);
    expect(Math.max(...bytes)).toBeLessThan(6_000_000);
  });

  it('reads only the pages with the faces that it returns', async () => {
    const world = apisOn(table);
    const id = await settled(world, facesOf(10_000));
    const first = await world.ask(`GET /detections/${id}`);
    expect(table.calls()).toEqual({ GetItem: 2 });
    table.reset();
    await world.ask(`GET /detections/${id}?cursor=${first.body.cursor}`);
    expect(table.calls()['GetItem']).toBeLessThanOrEqual(3);
  });

  it('uses the names of the record', async () => {
    const world = apisOn(table);
    const id = await settled(world, facesOf(2));
    const { body } = await world.ask(`GET /detections/${id}`);
    expect(body).toEqual(await world.records.get(id));
  });

  it('continues at the cursor although the record is written meanwhile', async () => {
    const world = apisOn(table);
    const faces = facesOf(1_500);
    const id = await settled(world, faces);
    const { body } = await world.ask(`GET /detections/${id}`);
    await world.ask('POST /detections', { body: { detect_task_id: id } });
    expect(await world.ask(`POST /detections/${id}/retry`)).toMatchObject({ status: 409 });
    const rest = await world.ask(`GET /detections/${id}?cursor=${body.cursor}`);
    expect([...(body.faces ?? []), ...(rest.body.faces ?? [])]).toEqual(faces);
  });

  it('finds no record, or other faces, after the record was forgotten', async () => {
    const world = apisOn(table);
    const id = await settled(world, facesOf(1_500));
    const line = `GET /detections/${id}?cursor=${(await world.ask(`GET /detections/${id}`)).body.cursor}`;
    await world.ask(`DELETE /detections/${id}`);
    expect(await world.ask(line)).toMatchObject({ status: 404 });
    await world.ask('POST /detections', { body: { detect_task_id: id } });
    expect(await world.ask(line)).toMatchObject({ status: 410, body: { field: 'cursor' } });
    await world.records.complete(await world.headOf(id), answerOf(facesOf(1_500)), none);
    expect(await world.ask(line)).toMatchObject({ status: 410, body: { field: 'cursor' } });
  });

  it('reads again if the pages disappear during the read', async () => {
    const world = apisOn(table);
    const id = await settled(world, facesOf(1_500));
    table.before('GetItem', () => world.records.forget(id), { skip: 1 });
    expect(await world.ask(`GET /detections/${id}`)).toMatchObject({ status: 404 });
  });

  it.each([
    '',
    '!',
    'e30',
    'bnVsbA',
    Buffer.from('{"ref":"a.9","page":-1,"index":0}').toString('base64url'),
    'a'.repeat(9_000),
  ])('rejects a cursor that it did not issue: %s', async (cursor) => {
    const world = apisOn(table);
    const id = await settled(world, facesOf(1_500));
    const refused = await world.ask(`GET /detections/${id}?cursor=${cursor}`);
    expect(refused).toMatchObject({ status: 400, body: { field: 'cursor' } });
  });

  it('answers 404 for a task without a record', async () => {
    const { ask } = apisOn(table);
    const id = newId();
    expect(await ask(`GET /detections/${id}`)).toMatchObject({
      status: 404,
      body: { title: 'Not Found', detail: `${id}: there is no record of this task` },
    });
  });
});

describe('GET /detections', () => {
  it('lists the newest records, of one status or all, page by page', async () => {
    const world = apisOn(table);
    world.clock.pass(1_000);
    const id = await settled(world, facesOf(2));
    world.clock.pass(1_000);
    const later = await settled(world, []);
    const first = await world.ask('GET /detections?status=succeeded&limit=1');
    expect(first).toMatchObject({
      status: 200,
      body: { detections: [{ detect_task_id: later, face_count: 0 }] },
    });
    const second = await world.ask(`GET /detections?status=succeeded&limit=1&cursor=${first.body.cursor}`);
    expect(second.body.detections).toMatchObject([
      { detect_task_id: id, status: 'succeeded', face_count: 2 },
    ]);
    const all = await world.ask('GET /detections');
    expect(all.body.detections?.length).toBeLessThanOrEqual(50);
  });

  it.each([
    ['status=done', 'status', /must be one of starting, /],
    ['limit=0', 'limit', /from 1 to 1000/],
    ['limit=1001', 'limit', /from 1 to 1000/],
    ['limit=1e2', 'limit', /from 1 to 1000/],
    ['limit=', 'limit', /from 1 to 1000/],
    ['limit=1&limit=2', 'limit', /must be given once/],
    ['cursor=%ff', 'cursor', /is not one that was given out here/],
    ['cursor=bnVsbA', 'cursor', /is not one that was given out here/],
    [
      `cursor=${Buffer.from('{"succeeded#0":{"at":"2026","id":"a#b"}}').toString('base64url')}`,
      'cursor',
      /is not one that was given out here/,
    ],
  ])('rejects %s, and names the field', async (query, field, rule) => {
    const { ask } = apisOn(table);
    const refused = await ask(`GET /detections?${query}`);
    expect(refused).toMatchObject({ status: 400, body: { field } });
    expect(refused.body.detail).toMatch(rule);
    expect(table.calls()).toEqual({});
  });

  it('ignores unknown parameters', async () => {
    const { ask } = apisOn(table);
    expect(await ask('GET /detections?X-Amz-Signature=1&__proto__=2&limit=1')).toMatchObject({ status: 200 });
  });
});
