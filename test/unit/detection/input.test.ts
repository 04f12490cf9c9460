import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { DetectTaskId, ExecutionInput, faultNow, firstFault } from '../../../functions/detection/input.ts';
import {
  finalStatuses,
  isFinal,
  openStatuses,
  outcomeOf,
  taskSinceMs,
} from '../../../functions/detection/types.ts';
import { taskId } from '../../support/records.ts';

const refusal = (input: unknown): string => {
  const parsed = ExecutionInput.safeParse(input);
  return parsed.success ? 'taken' : firstFault(parsed.error, 'input');
};
const withField = (field: string, value: unknown): string =>
  refusal({ detect_task_id: 'task', [field]: value });
/** Rows whose first column can be read in a test's name, however long the value is. */
const named = <Rest extends unknown[]>(rows: [field: string, value: unknown, ...Rest][]) =>
  rows.map((row) => [JSON.stringify(row[1]).slice(0, 60), ...row] as const);
const listed = (levels: number): unknown => (levels === 0 ? 1 : [listed(levels - 1)]);
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

describe('a detect_task_id', () => {
  it.each(['dit60yt8reqplt1c16', 'A', '-', '_', 'a'.repeat(64)])('may be %s', (id) => {
    expect(DetectTaskId.safeParse(id).success).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['65 letters long', 'a'.repeat(65)],
    ['with a slash', 'a/b'],
    ['with a number sign, which separates pages', 'a#b'],
    ['with a space', 'a b'],
    ['with a line feed at its end', 'a\n'],
    ['with letters of other alphabets', 'ä'],
  ])('is rejected if it is %s', (_what, id) => {
    expect(withField('detect_task_id', id)).toBe(
      'detect_task_id: must be 1 to 64 letters, digits, "-" or "_"',
    );
  });
});

describe('the input', () => {
  it('needs nothing but a detect_task_id', () => {
    expect(refusal({ detect_task_id: 'task' })).toBe('taken');
  });

  it('may have every field', () => {
    const input = {
      detect_task_id: 'task',
      media_url: 'https://media.example/a.jpg?signature=x',
      callback_url: 'http://localhost:8080/hook',
      submitted_at: '2026-11-22T12:00:00.123+05:30',
      deadline_seconds: 90,
      metadata: { order: 7, tags: ['a', null, true], nested: { deep: 0.1 } },
    };
    expect(ExecutionInput.parse(input)).toEqual({ ...input, submitted_at: '2026-11-22T06:30:00.123Z' });
  });

  const url = 'must be an http or https URL without user name or password';
  const instant = 'must be an ISO 8601 instant such as 2026-11-22T12:00:00Z';
  const exact = 'must hold no number beyond 9007199254740991: write it as text';
  const deadline = 'must be a whole number of seconds from 5 to 86400';
  const plain =
    'must be plain JSON at most 24 levels deep, in well-formed Unicode, with no number nearer to zero than 1e-129, and without names that are empty, "constructor" or "__proto__"';

  it.each([
    ['no object', null, 'input: must be a JSON object'],
    ['a list', [], 'input: must be a JSON object'],
    ['a string', 'task', 'input: must be a JSON object'],
    ['nothing', undefined, 'input: must be a JSON object'],
    ['no id', {}, 'detect_task_id: is required'],
    ['an id that is a number', { detect_task_id: 5 }, 'detect_task_id: must be a string'],
    ['an id that is null', { detect_task_id: null }, 'detect_task_id: must be a string'],
    ['an unknown field', { detect_task_id: 'a', url: 'x' }, 'url: is not a known field'],
    ...[
      ' https://a.example/a.jpg',
      'https://a.example/a.jpg ',
      'https://a.example/\na.jpg',
      '\0https://a.example',
    ].map((media_url): [string, unknown, string] => [
      `a URL that a parser would change: ${JSON.stringify(media_url)}`,
      { detect_task_id: 'a', media_url },
      'media_url: must not begin or end with a blank, or hold a tab or a line break',
    ]),
    [
      'a field whose name would fill an execution',
      { detect_task_id: 'a', ['😀'.repeat(60_000)]: 1 },
      `${'😀'.repeat(100)}…: is not a known field`,
    ],
    [
      'very many unknown fields',
      {
        detect_task_id: 'a',
        ...Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`f${at}`, 1])),
      },
      'f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, …: is not a known field',
    ],
    ['two unknown fields', { detect_task_id: 'a', x: 1, y: 2 }, 'x, y: is not a known field'],
  ])('is rejected with one sentence if it is %s', (_what, input, sentence) => {
    expect(refusal(input)).toBe(sentence);
  });

  it.each(
    named([
      ['media_url', 5, 'must be a string'],
      ['media_url', null, 'must be a string'],
      ['media_url', 'a.jpg', url],
      ['media_url', 'file:///etc/passwd', url],
      ['media_url', 'https://user:word@media.example/', url],
      ['media_url', 'https://user@media.example/', url],
      ['media_url', 'https://:word@media.example/', url],
      ['media_url', `https://media.example/${'ä'.repeat(1_024)}`, 'must be at most 2048 bytes long'],
      ['callback_url', 'ftp://hook.example/', url],
      ['callback_url', {}, 'must be a string'],
      ['submitted_at', 1_795_348_800, 'must be a string'],
      ['submitted_at', '22 Nov 2026 12:00 GMT', instant],
      ['submitted_at', '2026-11-22', instant],
      ['submitted_at', '2026-13-22T12:00:00Z', instant],
      ['submitted_at', ' 2026-11-22T12:00:00Z', instant],
      ['submitted_at', '2026-02-30T12:00:00Z', instant],
      ['submitted_at', '2026-11-22T12:00:00', 'must carry a time zone, such as Z'],
      ['submitted_at', '2026-11-22T12:00:00Z (noon)', instant],
      ['submitted_at', `2026-11-22T12:00:00.${'0'.repeat(10)}+00:00`, 'must be at most 35 characters long'],
      ['submitted_at', `2026-11-22T12:00:00.${'0'.repeat(200_000)}Z`, 'must be at most 35 characters long'],
      ['submitted_at', '0000-01-01T00:00:00+01:00', instant],
      ['deadline_seconds', 4, deadline],
      ['deadline_seconds', 86_401, deadline],
      ['deadline_seconds', 90.5, deadline],
      ['deadline_seconds', '90', deadline],
      ['deadline_seconds', Number.NaN, deadline],
      ['deadline_seconds', null, deadline],
      ['metadata', 'text', 'must be a JSON object'],
      ['metadata', [1], 'must be a JSON object'],
      ['metadata', null, 'must be a JSON object'],
      ['metadata', { '': 1 }, plain],
      ['metadata', JSON.parse('{"__proto__":1}'), plain],
      ['metadata', { a: { constructor: 'x' } }, plain],
      ['metadata', { a: [{ b: 9_007_199_254_740_992 }] }, exact],
      ['metadata', JSON.parse('{"a":9007199254740993}'), exact],
      ['metadata', JSON.parse('{"a":-9007199254740993.5}'), exact],
      ['metadata', JSON.parse('{"a":1e400}'), exact],
      ['metadata', { a: 1e-129 }, plain],
      ['metadata', { a: 1e-130 }, plain],
      ['metadata', { a: [1, Number.NaN] }, plain],
      ['metadata', { a: listed(25) }, plain],
      ['metadata', { a: Number.NaN }, plain],
      ['metadata', { a: undefined }, plain],
      ['metadata', { a: '\ud800' }, plain],
      ['metadata', { '\udc00': 1 }, plain],
      ['media_url', 'https://media.example/\ud800', 'must be well-formed Unicode'],
      ['metadata', { a: new Date(0) }, plain],
      ['metadata', nested(25), plain],
      ['metadata', { a: 'x'.repeat(2_041) }, 'must be at most 2048 bytes of JSON'],
      ['metadata', { a: 'ä'.repeat(1_021) }, 'must be at most 2048 bytes of JSON'],
    ]),
  )('is rejected with %s for %s', (_shown, field, value, rule) => {
    expect(withField(field, value)).toBe(`${field}: ${rule}`);
  });

  it.each(
    named([
      ['media_url', `https://media.example/${'a'.repeat(2_026)}`],
      ['submitted_at', '2026-11-22T12:00Z'],
      ['submitted_at', '2026-11-22T12:00:00.000000000+00:00'],
      ['deadline_seconds', 5],
      ['deadline_seconds', 86_400],
      ['metadata', {}],
      ['metadata', { a: 'x'.repeat(2_040) }],
      ['metadata', nested(24)],
      ['metadata', { a: -9_007_199_254_740_991, b: 1.1e-129, c: 0, d: '9007199254740993' }],
    ]),
  )('is accepted with %s for %s, at the bound', (_shown, field, value) => {
    expect(withField(field, value)).toBe('taken');
  });

  it('is rejected without an exception if its metadata contain themselves or an integer that JSON lacks', () => {
    const metadata: Record<string, unknown> = {};
    metadata['self'] = metadata;
    expect(withField('metadata', metadata)).toBe(`metadata: ${plain}`);
    expect(withField('metadata', { a: 10n })).toBe(`metadata: ${plain}`);
  });
});

describe('the input here and now', () => {
  const nowMs = Date.UTC(2026, 10, 22, 12);
  const faultOf = (field: object, callbacks = {}) =>
    faultNow(ExecutionInput.parse({ detect_task_id: 'task', ...field }), { callbacks, nowMs });

  it('may be submitted up to a day ahead: a clock that is further ahead is wrong', () => {
    expect(faultOf({ submitted_at: '2026-11-23T12:00:00Z' })).toBeUndefined();
    expect(faultOf({ submitted_at: '2026-11-23T12:00:00.001Z' })).toEqual({
      field: 'submitted_at',
      rule: 'must not be more than a day ahead',
    });
    expect(faultOf({ submitted_at: '1970-01-01T00:00:00Z' })).toBeUndefined();
  });

  it('may only have a callback that the deployment allows', () => {
    expect(faultOf({ callback_url: 'https://a.example/' }, { hosts: ['b.example'] })).toMatchObject({
      field: 'callback_url',
    });
    expect(faultOf({})).toBeUndefined();
  });
});

describe('a status', () => {
  it('is final when the polling has ended', () => {
    expect(openStatuses.map(isFinal)).toEqual([false, false]);
    expect(finalStatuses.map(isFinal)).toEqual([true, true, true]);
  });
});

describe('the outcome of an execution', () => {
  const record = {
    detect_task_id: taskId('task'),
    attempt: 1,
    execution_name: '1-task',
    execution_arn: 'arn',
    deadline_seconds: 60,
    deadline_at: '2026-11-22T12:01:00.000Z',
    polls: 1,
    invocations: 1,
    transitions: 3,
    lambda_ms: 1,
    created_at: '2026-11-22T12:00:00.000Z',
    updated_at: '2026-11-22T12:00:00.000Z',
    usable_until: '2026-11-22T13:00:00.000Z',
    usable_until_assumed: true,
    expires_at: 1,
    media_url: 'https://media.example/a.jpg',
    metadata: { a: 1 },
  };

  it('has what a caller needs next, without faces and links', () => {
    const faces = [{ id: 0, link: 'https://cdn.example/0.jpg' }];
    const detection = { ...record, status: 'succeeded', detect_id: 'd', face_count: 1, faces } as const;
    expect(outcomeOf(detection)).toStrictEqual({
      detect_task_id: 'task',
      status: 'succeeded',
      detect_id: 'd',
      face_count: 1,
    });
  });

  it('names an error by its code and our sentence only', () => {
    const error = detectionError('INVALID_TASK', { code: '422', message: 'their words' });
    expect(outcomeOf({ ...record, status: 'failed', error })).toStrictEqual({
      detect_task_id: 'task',
      status: 'failed',
      error: { code: 'INVALID_TASK', message: error.message },
    });
  });
});

describe('the age of a task', () => {
  it('counts from its submission, but is never less than the age of its record', () => {
    const [before, noon, after] = [11, 12, 13].map((hour) => `2026-11-22T${hour}:00:00.000Z`) as [
      string,
      string,
      string,
    ];
    const noonMs = Date.parse(noon);
    expect(taskSinceMs({ created_at: noon })).toBe(noonMs);
    expect(taskSinceMs({ created_at: noon, submitted_at: before })).toBe(Date.parse(before));
    expect(taskSinceMs({ created_at: noon, submitted_at: after })).toBe(noonMs);
  });
});
