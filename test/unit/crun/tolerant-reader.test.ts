/**
 * Every documented answer, with each of its fields varied: what comes out. A success with its faces may come out as
 * faces, as waiting or as a named fault that is asked about again; never as a failure, and never as fewer faces.
 */
import { describe, expect, it } from 'vitest';

import type { Observation } from '../../../functions/crun/observation.ts';
import { answered, classified, done, faces, own, task } from '../../support/answers.ts';
import { type Expected, expectedOf, type Json, outcomesOf } from '../../support/variations.ts';

function outcomeOf(observation: Observation): string {
  switch (observation.kind) {
    case 'succeeded':
      return `${observation.faces.length} faces`;
    case 'pending':
      return `waiting: ${observation.status}`;
    case 'unavailable':
    case 'violation':
      return observation.reason;
    case 'failed':
    case 'not-found':
    case 'throttled':
    case 'on-hold':
    case 'denied':
      return observation.kind;
  }
}

const comesOut = (body: string): string => outcomeOf(classified(answered(body)));

const envelope = (data: Json) => ({ code: 200, message: 'success', data });

/** The same for every answer under code 200. */
const around = (outcome: string, withoutCode = outcome): Record<string, Expected> => ({
  '': ['not the envelope', ['not JSON', 'missing'], [outcome, 'in a list', 'as JSON text']],
  code:
    withoutCode === outcome
      ? [outcome]
      : [withoutCode, ['unlisted code', 'number'], [outcome, 'as JSON text']],
  message: [outcome],
  data: ['no data', ['no task id', 'no object'], [outcome, 'in a list', 'as JSON text']],
  'data.detect_task_id': [
    'no task id',
    ['another task id', 'number', 'text', 'huge'],
    [outcome, 'as JSON text'],
  ],
});
const noStatus: Expected = ['no status', ['waiting: unknown', 'text', 'huge']];

const codes: Record<number, string> = {
  401: 'denied',
  402: 'on-hold',
  403: 'denied',
  404: 'not-found',
  422: 'not-found',
  429: 'throttled',
  455: 'on-hold',
  500: 'code 500',
  501: 'failed',
  505: 'denied',
};

const documented: Record<string, { answer: Json; outcomes: Record<string, Expected> }> = {
  'a success': {
    answer: envelope(done()),
    outcomes: {
      ...around('2 faces'),
      'data.status': ['2 faces'],
      'data.error': ['2 faces'],
      'data.result': ['no result', ['no detect id', 'no object'], ['2 faces', 'in a list', 'as JSON text']],
      'data.result.id': ['no detect id', ['2 faces', 'number', 'text', 'as JSON text']],
      'data.result.status': ['2 faces'],
      'data.result.type': ['2 faces'],
      'data.result.hair_id': ['2 faces'],
      'data.result.faces': [
        'no faces',
        ['0 faces', 'no list'],
        ['2 faces', 'as JSON text'],
        ['a face in another shape', 'in a list', 'deep'],
      ],
      'data.result.faces.1': [
        'a face in another shape',
        ['1 faces', 'missing'],
        ['2 faces', 'in a list', 'as JSON text'],
      ],
      'data.result.faces.0.id': ['a face in another shape', ['2 faces', 'number', 'as JSON text']],
      'data.result.faces.0.link': ['a face in another shape', ['2 faces', 'text', 'as JSON text']],
      'data.result.started_at': ['2 faces'],
      'data.result.finished_at': ['2 faces'],
      'data.result.error': ['2 faces'],
    },
  },
  'a success without a face': {
    answer: envelope(done({ faces: [] })),
    outcomes: {
      ...around('0 faces', 'not the envelope'),
      'data.error': ['0 faces', ['failed', 'number', 'text', 'huge']],
      'data.result.error': ['0 faces', ['failed', 'number', 'text', 'huge']],
      'data.result.status': ['0 faces'],
    },
  },
  'a task at work': {
    answer: envelope(task('processing')),
    outcomes: {
      ...around('waiting: processing'),
      'data.status': [...noStatus, ['waiting: processing', 'as JSON text']],
      'data.error': ['waiting: processing'],
      'data.result': ['waiting: processing'],
    },
  },
  'a failure': {
    answer: envelope(task('failed', { error: { code: 'E7', message: 'no face' } })),
    outcomes: {
      ...around('failed', 'not the envelope'),
      'data.status': [...noStatus, ['failed', 'as JSON text']],
      'data.error': ['failed'],
      'data.error.message': ['failed'],
      'data.result': ['failed'],
    },
  },
  ...Object.fromEntries(
    Object.entries(codes).map(([code, come]) => [
      `code ${code}`,
      {
        answer: { code: Number(code), message: 'not this time', data: null },
        outcomes: {
          code: ['not the envelope', ['unlisted code', 'number'], [come, 'as JSON text']],
          message: [come],
          data: [come],
        } satisfies Record<string, Expected>,
      },
    ]),
  ),
};

const rows = Object.entries(documented).flatMap(([name, { answer, outcomes }]) =>
  Object.entries(outcomes).map(([path, expected]) => [name, path, answer, expected] as const),
);

describe('a varied field', () => {
  it.each(rows)('of %s comes out as the table says: %s', (_name, path, answer, expected) => {
    expect(outcomesOf(answer, path, comesOut)).toEqual(expectedOf(expected));
  });

  it('of a success costs faces only where it is they, their ids, or whose they are', () => {
    const lost = Object.keys(documented['a success']?.outcomes ?? {}).filter((path) =>
      Object.values(outcomesOf(envelope(done()), path, comesOut)).some((come) => come !== '2 faces'),
    );
    expect(lost).toEqual([
      '',
      'data',
      'data.detect_task_id',
      'data.result',
      'data.result.id',
      'data.result.faces',
      'data.result.faces.1',
      'data.result.faces.0.id',
      'data.result.faces.0.link',
    ]);
  });

  it('of a success makes no failure, and no fewer faces', () => {
    const lost = Object.keys(documented['a success']?.outcomes ?? {}).flatMap((path) =>
      Object.entries(outcomesOf(envelope(done()), path, comesOut)).filter(
        ([variation, come]) =>
          ['failed', 'not-found', '0 faces', '1 faces'].includes(come) &&
          !(path.startsWith('data.result.faces') && ['missing', 'no list'].includes(variation)),
      ),
    );
    expect(lost).toEqual([]);
  });
});

const seen = (changes: object): Observation => classified(answered(JSON.stringify(envelope(done(changes)))));

describe('an id', () => {
  it('that is a number is read as text, and as a number where it is text', () => {
    expect(seen({ id: 7 })).toMatchObject({ detectId: '7', faces });
    expect(seen({ faces: faces.map(({ id, link }) => ({ id: String(id), link })) })).toMatchObject({ faces });
  });

  it('of the task may be a number, if it is the one that was asked for', () => {
    const numeric = answered(JSON.stringify(envelope({ ...done(), detect_task_id: 42 })));
    expect(classified(numeric, '42')).toMatchObject({ kind: 'succeeded' });
    expect(classified(numeric, own)).toMatchObject({ reason: 'another task id' });
  });
});

it('faces in a string of JSON cannot hide more parts than an answer may have', () => {
  const parts = `[${String.raw`\u007b\u007d,`.repeat(200_000)}0]`;
  const body = `{"code":200,"data":{"detect_task_id":"${own}","status":"succeeded","result":{"id":"a","faces":"${parts}"}}}`;
  expect(outcomeOf(classified(answered(body)))).toBe('no faces');
});
