import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { apisOn } from '../../support/apis.ts';
import { answerOf, everything, facesOf, newId, none } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

describe('POST /detections', () => {
  it('begins a record and its execution, and returns the location', async () => {
    const { ask, running } = apisOn(table);
    const id = newId();
    const begun = await ask('POST /detections', { body: { detect_task_id: id, ...everything } });
    expect(begun).toMatchObject({
      status: 202,
      headers: { location: `/detections/${id}`, 'cache-control': 'no-store' },
      body: { detect_task_id: id, status: 'starting', attempt: 1, ...everything },
    });
    expect(running()).toEqual([`1-${id}`]);
    expect((await ask(`GET ${begun.headers['location']}`)).body).toEqual(begun.body);
  });

  it('returns a known task, with its faces if it has any', async () => {
    const { ask, records, headOf } = apisOn(table);
    const id = newId();
    const begun = await ask('POST /detections', { body: { detect_task_id: id, ...everything } });
    const known = await ask('POST /detections', { body: { detect_task_id: id } });
    expect(known).toMatchObject({
      status: 200,
      headers: { location: `/detections/${id}` },
      body: begun.body,
    });
    await records.complete(await headOf(id), answerOf(facesOf(1_001)), none);
    const settled = await ask('POST /detections', { body: { detect_task_id: id } });
    expect(settled).toMatchObject({ status: 200, body: { status: 'succeeded', face_count: 1_001 } });
    expect(settled.body.faces).toHaveLength(1_000);
  });

  it('begins again after a task was forgotten', async () => {
    const { ask } = apisOn(table);
    const body = { detect_task_id: newId() };
    await ask('POST /detections', { body });
    await ask(`DELETE /detections/${body.detect_task_id}`);
    expect(await ask('POST /detections', { body })).toMatchObject({ status: 202, body: { attempt: 2 } });
  });

  it('answers 202 also if the name of the first execution was used up', async () => {
    const { ask, close } = apisOn(table);
    const id = newId();
    close(`1-${id}`);
    const begun = await ask('POST /detections', { body: { detect_task_id: id } });
    expect(begun).toMatchObject({ status: 202, body: { attempt: 2 } });
  });

  it('is a conflict that names the field with another value', async () => {
    const { ask } = apisOn(table);
    const id = newId();
    await ask('POST /detections', { body: { detect_task_id: id, ...everything } });
    const conflict = await ask('POST /detections', { body: { detect_task_id: id, deadline_seconds: 91 } });
    expect(conflict).toMatchObject({
      status: 409,
      headers: { 'content-type': 'application/problem+json' },
      body: { type: 'about:blank', title: 'Conflict', status: 409, field: 'deadline_seconds' },
    });
    expect(conflict.body.detail).toMatch(/^deadline_seconds: this task was started with another value/);
  });

  it.each<[string, object | string, string, RegExp]>([
    ['an id that no task may have', { detect_task_id: 'a#b' }, 'detect_task_id', /must be 1 to 64 letters/],
    ['no id', {}, 'detect_task_id', /is required/],
    ['a list', '[]', 'body', /must be a JSON object/],
    ['nothing', 'null', 'body', /must be a JSON object/],
    ['an unknown field', { detect_task_id: 'a', colour: 1 }, 'colour', /is not a known field/],
    ['a prototype', '{"detect_task_id":"a","__proto__":{}}', '__proto__', /is not a known field/],
    ['a short deadline', { detect_task_id: 'a', deadline_seconds: 4 }, 'deadline_seconds', /from 5 to 86400/],
    [
      'a number that JSON readers round',
      '{"detect_task_id":"a","metadata":{"order_id":9007199254740993}}',
      'metadata',
      /write it as text/,
    ],
    [
      'a submission in the far future',
      { detect_task_id: 'a', submitted_at: '2126-11-22T12:00:00Z' },
      'submitted_at',
      /day ahead/,
    ],
    ['half a letter', '{"detect_task_id":"a","metadata":{"a":"\\ud800"}}', 'metadata', /well-formed Unicode/],
    ['half a letter in a name', '{"detect_task_id":"a","metadata":{"\\udc00":1}}', 'metadata', /well-formed/],
    [
      'half a letter in an address',
      '{"detect_task_id":"a","media_url":"http://a/\\ud800"}',
      'media_url',
      /Uni/,
    ],
    [
      'deep metadata',
      `{"detect_task_id":"a","metadata":{"a":${'['.repeat(3e3)}${']'.repeat(3e3)}}}`,
      'metadata',
      /24 levels/,
    ],
  ])('rejects %s, and names the field and the rule', async (_what, body, field, rule) => {
    const { ask, running } = apisOn(table);
    const raw = typeof body === 'string' ? body : JSON.stringify(body);
    const refused = await ask('POST /detections', { raw, headers: { 'content-type': 'application/json' } });
    expect(refused).toMatchObject({ status: 422, body: { title: 'Unprocessable Content', field } });
    expect(refused.body.detail).toMatch(rule);
    expect([table.calls(), running()]).toEqual([{}, []]);
  });

  it.each<[string, number, string | Uint8Array, Record<string, string>]>([
    ['what is no JSON', 400, '{', {}],
    ['an empty body', 400, '', {}],
    ['what is not UTF-8', 400, Buffer.from('{"detect_task_id":"\xff"}', 'latin1'), {}],
    ['another type', 415, '{"detect_task_id":"a"}', { 'content-type': 'text/plain' }],
    [
      'another alphabet',
      415,
      '{"detect_task_id":"a"}',
      { 'content-type': 'application/json; charset=latin1' },
    ],
    ['a compressed body', 415, '{"detect_task_id":"a"}', { 'content-encoding': 'gzip' }],
    ['more than 8 KB', 413, `{"detect_task_id":"a"}${' '.repeat(8_192)}`, {}],
  ])('rejects %s with %i', async (_what, status, raw, more) => {
    const { ask } = apisOn(table);
    const headers = { 'content-type': 'application/json', ...more };
    expect(await ask('POST /detections', { raw, headers })).toMatchObject({ status, body: { status } });
    expect(table.calls()).toEqual({});
  });

  it.each([
    ['application/json', 202],
    ['Application/JSON;charset=UTF-8', 202],
    ['application/json; charset="utf-8"', 202],
    ['application/json; charset=utf8', 202],
    ['application/json;', 202],
    [' application/json ; version=1', 202],
    ['application/json; charset=utf-16', 415],
    ['application/jsonp', 415],
    ['application/json, application/json', 415],
    ['json', 415],
    ['', 415],
  ])('parses the content type as HTTP defines it: %j is answered %i', async (type, status) => {
    const { ask } = apisOn(table);
    const raw = JSON.stringify({ detect_task_id: newId() });
    const headers = { 'content-type': type, 'content-encoding': 'identity, UTF-8' };
    expect(await ask('POST /detections', { raw, headers })).toMatchObject({ status });
  });

  it('rejects a body without a type', async () => {
    const { ask } = apisOn(table);
    const raw = JSON.stringify({ detect_task_id: newId() });
    expect(await ask('POST /detections', { raw })).toMatchObject({ status: 415 });
  });
});

describe('POST /detections/{detect_task_id}/retry', () => {
  it('polls an abandoned task again, and returns an open one as it is', async () => {
    const { ask, records, running } = apisOn(table);
    const id = newId();
    await ask('POST /detections', { body: { detect_task_id: id } });
    await records.cancel(id, detectionError('CANCELLED'));
    const retried = await ask(`POST /detections/${id}/retry`);
    expect(retried).toMatchObject({ status: 202, body: { status: 'starting', attempt: 2 } });
    expect(await ask(`POST /detections/${id}/retry`)).toMatchObject({ status: 202, body: retried.body });
    expect(running()).toEqual([`1-${id}`, `2-${id}`]);
  });

  it('is a conflict for a settled record, and needs a record', async () => {
    const { ask, records, begun } = apisOn(table);
    const head = await begun();
    await records.complete(head, answerOf([]), none);
    const refused = await ask(`POST /detections/${head.detect_task_id}/retry`);
    expect(refused).toMatchObject({ status: 409, body: { field: 'status' } });
    expect(await ask(`POST /detections/${newId()}/retry`)).toMatchObject({ status: 404 });
  });
});

describe('DELETE /detections/{detect_task_id}', () => {
  it('deletes everything stored, and stops the execution of an open record', async () => {
    const { ask, running, records, begun } = apisOn(table);
    const id = newId();
    await ask('POST /detections', { body: { detect_task_id: id } });
    expect(await ask(`DELETE /detections/${id}`)).toMatchObject({ status: 204, body: {} });
    expect(running()).toEqual([]);
    const settled = await begun();
    await records.complete(settled, answerOf(facesOf(500)), none);
    expect(await ask(`DELETE /detections/${settled.detect_task_id}`)).toMatchObject({ status: 204 });
    const left = await table.stored(settled.detect_task_id);
    expect([...left.values()]).toMatchObject([{ forgotten_at: expect.any(String) as string }]);
    for (const forgotten of [id, settled.detect_task_id]) {
      expect(await ask(`GET /detections/${forgotten}`)).toMatchObject({ status: 404 });
      expect(await ask(`DELETE /detections/${forgotten}`)).toMatchObject({ status: 404 });
    }
  });
});

describe('HEAD', () => {
  it.each([
    ['/detections', 200],
    ['/detections/absent', 404],
    ['/detections?limit=0', 400],
    ['/rate', 200],
  ])('is answered as GET: %s', async (target, status) => {
    const { ask } = apisOn(table);
    const { headers, ...got } = await ask(`HEAD ${target}`);
    const same = await ask(`GET ${target}`);
    expect(got.status).toBe(status);
    expect(headers['content-type']).toBe(same.headers['content-type']);
  });
});

describe('any path', () => {
  it.each([
    ['GET /', 404, undefined],
    ['GET //detections', 404, undefined],
    ['GET /detections/', 404, undefined],
    ['GET /detections/a/', 404, undefined],
    ['GET /detections/a/b', 404, undefined],
    ['POST /__proto__', 404, undefined],
    ['GET /detections/a%62', 400, undefined],
    ['GET /detections/%', 400, undefined],
    [`DELETE /detections/${'a'.repeat(65)}`, 400, undefined],
    ['PUT /detections', 405, 'POST, GET, HEAD'],
    ['HEAD /detections/a/retry', 405, 'POST'],
    ['OPTIONS /detections/a', 405, 'GET, HEAD, DELETE'],
    ['GET /detections/a/retry', 405, 'POST'],
    ['toString /detections', 405, 'POST, GET, HEAD'],
  ])('is answered: %s', async (line, status, allow) => {
    const { ask } = apisOn(table);
    const { status: got, headers, body } = await ask(line);
    expect({ got, allow: headers['allow'], said: body.status }).toEqual({ got: status, allow, said: status });
    expect(table.calls()).toEqual({});
  });
});
