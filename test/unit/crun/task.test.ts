import { describe, expect, it } from 'vitest';

import { classifyTask } from '../../../functions/crun/task.ts';
import { createWords } from '../../../functions/crun/words.ts';
import { asked, done, faces, own, result, task } from '../../support/answers.ts';

const seen = (data: unknown) => classifyTask(data, asked, 'success', createWords(asked.apiKey));
const found = { kind: 'succeeded', detectId: 'm1oZzqYp9dN' };
const failed = (provider: object) => ({ kind: 'failed', code: 'DETECTION_FAILED', provider });
const violation = { kind: 'violation', code: 'CONTRACT_VIOLATION', reason: expect.any(String) as string };
const documented = {
  ...found,
  faces,
  startedAt: '2026-05-27 12:14:03',
  finishedAt: '2026-05-27 12:14:04',
};
const face = (id: unknown, link: unknown): object => ({ faces: [faces[0], { id, link }] });
/** As it comes from the wire: only JSON can hold a key of this name. */
const poisoned = (data: object): unknown =>
  JSON.parse(JSON.stringify(data).replaceAll('{', '{"__proto__":{"status":"failed","id":"inherited"},'));

describe('a status', () => {
  it.each([
    ['starting', 'starting'],
    ['processing', 'processing'],
    ['Processing', 'processing'],
    [' STARTING\n', 'starting'],
  ])('spelled %j is %s', (spelling, status) => {
    expect(seen(task(spelling))).toEqual({ kind: 'pending', status });
  });

  it.each(
    'succeeded|succeed|success|SUCCEEDED|Success| succeed |completed|complete|finished|Done'.split('|'),
  )('spelled %j has succeeded', (spelling) => {
    expect(seen(task(spelling, { result }))).toEqual(documented);
  });

  it.each(
    'failed|FAILED| Failed |fail|Failure|error|cancelled|canceled|Expired|timeout|timed_out'.split('|'),
  )('spelled %j has failed', (spelling) => {
    expect(seen(task(spelling))).toEqual(failed({}));
    expect(seen(task(spelling, { error: 'no face' }))).toEqual(failed({ message: 'no face' }));
  });

  it.each([
    ['queued', 'queued'],
    ['time_out-2', 'time_out-2'],
    ['on hold', 'on?hold'],
    ['a\r\nb: c', 'a??b??c'],
    ['ééé', '???'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
    ['x'.repeat(33), 'x'.repeat(32)],
    ['See https://cdn.example/a.jpg\nor b', 'see??'],
    ['a:/b//c', 'a??b??c'],
  ])('spelled %j is unknown, and named for a log as %j', (spelling, name) => {
    expect(seen(task(spelling))).toEqual({ kind: 'pending', status: 'unknown', name });
  });

  it('of an open task asks for nothing else', () => {
    const bare = { detect_task_id: own, status: 'processing' };
    expect(seen(bare)).toEqual({ kind: 'pending', status: 'processing' });
    expect(seen({ ...bare, result: 7, error: [] })).toEqual({ kind: 'pending', status: 'processing' });
  });
});

describe('a task', () => {
  it.each([
    ['absent', undefined],
    ['null', null],
    ['a string', 'succeeded'],
    ['a list of two', [task('processing'), task('processing')]],
    ['an empty object', {}],
    ['without a status', { detect_task_id: own }],
    ['with a status of null', task(null)],
    ['with a numeric status', task(2)],
    ['with a list for a status', task(['succeeded'])],
    ['without an id', { status: 'processing' }],
    ['with an id of null', task('processing', { detect_task_id: null })],
    ['with a numeric id', task('processing', { detect_task_id: 42 })],
    ['with all it says inherited', JSON.parse(`{"__proto__":${JSON.stringify(task('processing'))}}`)],
  ])('in another shape is a violation: %s', (_form, data) => {
    expect(seen(data)).toEqual(violation);
  });

  it.each([own.toUpperCase(), `${own} `, 'null'])('with another id is a violation: %j', (detect_task_id) => {
    expect(seen(task('starting', { detect_task_id }))).toEqual({ ...violation, reason: 'another task id' });
  });
});

describe('a success', () => {
  it('in the documented form is taken whole', () => {
    expect(seen(done())).toEqual(documented);
  });

  it('may have no face at all', () => {
    expect(seen(done({ faces: [] }))).toEqual({ ...documented, faces: [] });
  });

  it('keeps ten thousand faces in their order, whatever their ids', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({ id: 9_999 - index, link: `l${index}` }));
    expect(seen(done({ faces: many }))).toEqual({ ...documented, faces: many });
  });

  it('drops what is not documented', () => {
    const wide = faces.map((narrow) => Object.assign({ score: 0.98, box: [1, 2, 3, 4] }, narrow));
    expect(seen({ ...done({ faces: wide, model: 'm' }), queue: 'q' })).toEqual(documented);
  });

  it('is made of fresh objects', () => {
    const data = done();
    const report = seen(data);
    expect(report.kind === 'succeeded' && report.faces[0]).toEqual(faces[0]);
    expect(report.kind === 'succeeded' && report.faces[0]).not.toBe(faces[0]);
  });

  it('takes nothing from a prototype, and changes none', () => {
    const report = seen(poisoned(done()));
    expect(report).toEqual(documented);
    expect(Object.keys(report)).not.toContain('__proto__');
    expect({}).not.toHaveProperty('id');
  });

  it.each([
    ['no result', task('succeeded')],
    ['a list of two for a result', task('succeeded', { result: [result, result] })],
    ['no id', done({ id: undefined })],
    ['an id of null', done({ id: null })],
    ['an empty id', done({ id: '' })],
    ['a numeric id that is not exact', done({ id: 9_007_199_254_740_992 })],
    ['a negative id', done({ id: -1 })],
    ['an id that is too long', done({ id: 'x'.repeat(257) })],
    ['an id of half a character', done({ id: 'm1\uD83D' })],
    ['a link for an id', done({ id: 'https://cdn.example/0.jpg' })],
    ['no faces', done({ faces: undefined })],
    ['null for faces', done({ faces: null })],
    ['an object for faces', done({ faces: { 0: faces[0] } })],
    ['a null among the faces', done({ faces: [faces[0], null] })],
    ['a bare link for a face', done({ faces: ['https://example.com/0.jpg'] })],
    ['a face without an id', done(face(undefined, 'l'))],
    ['a face with a word for an id', done(face('one', 'l'))],
    ['a face with an id that leads with zeros', done(face('01', 'l'))],
    ['a face with an id of digits past 2^53', done(face('9007199254740993', 'l'))],
    ['a face with a fraction for an id', done(face(0.5, 'l'))],
    ['a face with a negative id', done(face(-1, 'l'))],
    ['a face with an id past 2^53', done(face(9_007_199_254_740_992, 'l'))],
    ['a face without a link', done(face(1, undefined))],
    ['a face with a link of null', done(face(1, null))],
    ['a face with an empty link', done(face(1, ''))],
    ['a face with a number for a link', done(face(1, 7))],
    ['a face with half a character in its link', done(face(1, 'https://example.com/\uDE42'))],
    ['a face with a link that is too long', done(face(1, 'x'.repeat(65_537)))],
  ])('with %s is a violation as a whole', (_form, data) => {
    expect(seen(data)).toEqual(violation);
  });

  it('takes the longest id and link that it allows', () => {
    const long = { id: 'x'.repeat(256), faces: [{ id: 0, link: 'x'.repeat(65_536) }] };
    expect(seen(done(long))).toMatchObject({ detectId: long.id, faces: long.faces });
  });
});

describe('an instant of the provider', () => {
  it.each([
    ['a text without a zone', '2026-05-27 12:14:03'],
    ['epoch milliseconds', 1_780_000_000_000],
    ['epoch seconds with a fraction', 1_780_000_000.25],
    ['a text of another form', 'yesterday'],
    ['zero', 0],
    ['a number before the epoch', -1],
    ['the largest whole number', 9_007_199_254_740_991],
  ])('is kept as received: %s', (_form, instant) => {
    expect(seen(done({ started_at: instant, finished_at: instant }))).toEqual({
      ...documented,
      startedAt: instant,
      finishedAt: instant,
    });
  });

  // Such a number could not be stored as it was sent, and a throw while storing would cost the faces.
  it.each([
    ['absent', undefined],
    ['null', null],
    ['an object', {}],
    ['a boolean', true],
    ['longer than any instant', '2'.repeat(65)],
    ['half a character', '2026\uD83D'],
    ['in nanoseconds', 1_780_000_000_000_000_000],
    ['a huge number', 1e300],
    ['a tiny number', 1e-200],
    ['a number between nothing and one', 0.5],
  ])('is left out, and the faces are not, where it is %s', (_form, instant) => {
    const report = seen(done({ started_at: instant, finished_at: instant }));
    expect(report).toEqual({ ...found, faces });
  });
});

const failure = (error: unknown, fields: object = {}): unknown => seen(task('failed', { error, ...fields }));

describe('a failure', () => {
  it('has the words of its error', () => {
    expect(failure({ code: 'E7', message: 'no face' })).toEqual(failed({ code: 'E7', message: 'no face' }));
    expect(failure(null)).toEqual(failed({}));
  });

  it('has the words of the error inside the result where there is none outside', () => {
    const inner = { result: { error: { code: 'E7', message: 'inner' } } };
    expect(failure(null, inner)).toEqual(failed({ code: 'E7', message: 'inner' }));
    expect(failure('outer', inner)).toEqual(failed({ message: 'outer' }));
  });

  it('needs no result in any shape', () => {
    for (const shape of [7, 'x', [], { faces: 'none' }])
      expect(failure('no', { result: shape })).toEqual(failed({ message: 'no' }));
  });

  it('takes nothing from a prototype', () => {
    expect(seen(poisoned(task('failed')))).toEqual(failed({}));
  });
});

describe('a success around a result that contradicts it', () => {
  const without = (fields: object, more: object = {}): unknown =>
    seen({ ...done({ faces: [], ...fields }), ...more });

  it.each([
    ['failed inside', without({ status: 'failed' }), {}],
    ['failed inside, with a reason', without({ status: 'fail', error: 'no face' }), { message: 'no face' }],
    ['an error inside', without({ error: { msg: 'no face' } }), { message: 'no face' }],
    ['an error outside', without({}, { error: { code: 'E7' } }), { code: 'E7' }],
    ['an error outside and no result', seen(task('succeeded', { error: 'no face' })), { message: 'no face' }],
    ['an error and null for faces', without({ faces: null, error: 'no face' }), { message: 'no face' }],
  ])('has failed, in those words: %s', (_what, observation, provider) => {
    expect(observation).toEqual(failed(provider));
  });

  it.each([
    ['failed inside', seen(done({ status: 'failed' }))],
    ['an error inside', seen(done({ error: 'no face' }))],
    ['an error outside', seen({ ...done(), error: 'no face' })],
    ['failed outside, done inside', seen({ ...done({ status: 'succeed' }), status: 'failed' })],
    ['expired outside, done inside', seen({ ...done({ status: 'done' }), status: 'expired', error: 'late' })],
  ])('keeps the faces that it has: %s', (_what, observation) => {
    expect(observation).toEqual(documented);
  });

  it.each(['starting', 'Processing'])('is still %s where that stands inside', (status) => {
    expect(without({ status })).toEqual({ kind: 'pending', status: status.toLowerCase() });
    expect(seen(done({ status }))).toEqual(documented);
  });

  it.each([
    null,
    '',
    0,
    '0',
    200,
    {},
    [],
    false,
    'none',
    'N/A',
    'No error.',
    'Success',
    'OK',
    { code: 0, message: 'success' },
  ])('has no error where that is %j', (error) => {
    expect(without({ error }, { error })).toEqual({ ...documented, faces: [] });
  });
});

describe('faces by the hundred thousand', () => {
  it('are a wrong shape where they are none, not an overflow of our own', () => {
    const empty = Array.from({ length: 140_000 }, () => ({}));
    expect(seen({ ...task('succeeded'), result: { id: 'a', faces: empty } })).toEqual(violation);
  });
});
