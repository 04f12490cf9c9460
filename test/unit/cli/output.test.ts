import { Writable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { ageOf, createOutput } from '../../../cli/output.ts';
import { detectionError } from '../../../functions/detection/error-codes.ts';
import { type Detection, toDetection } from '../../../functions/detection/fields.ts';
import { newHead } from '../../../functions/records/head.ts';
import { facesOf, noonMs, ownerNamed, some, testDefaults, taskId } from '../../support/records.ts';

/** A stream that keeps what is written to it. */
function stream(isTTY: boolean) {
  const written: string[] = [];
  const stdout = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      written.push(text);
      done();
    },
  });
  return {
    stdout: Object.assign(stdout, { isTTY }) as unknown as NodeJS.WriteStream,
    lines: () => written.join('').split('\n').slice(0, -1),
  };
}

function recordOf(changes: Partial<Detection> = {}): Detection {
  const head = newHead({ detect_task_id: taskId('task') }, ownerNamed('1-task'), testDefaults, noonMs);
  const final_at = new Date(noonMs + 12_340).toISOString();
  const rest = { ...some, status: 'succeeded', detect_id: 'd', face_count: 2, final_at, ...changes } as const;
  return toDetection({ ...head, ...rest }, changes.faces ?? facesOf(2));
}

describe('JSON', () => {
  it('is one document a line for each record, exactly as readers see it, and nothing for people', () => {
    const { stdout, lines } = stream(false);
    const output = createOutput(stdout, 'json');
    const record = recordOf({ metadata: { text: 'two\nlines' } });
    output.detection(record);
    output.summary([record, record]);
    output.list([{ detect_task_id: taskId('a'), status: 'failed', updated_at: 'then' }], 'more');
    output.faces(record);
    output.text('for people');
    expect(lines().map((line) => JSON.parse(line) as unknown)).toEqual([
      record,
      record,
      record,
      { detect_task_id: 'a', status: 'failed', updated_at: 'then' },
    ]);
  });
});

describe('text in a pipe', () => {
  it('is plain lines with tabs: every attribute, then every face', () => {
    const { stdout, lines } = stream(false);
    createOutput(stdout, 'text').detection(recordOf({ metadata: { a: 1 } }));
    expect(lines()).toContain('detect_task_id\ttask');
    expect(lines()).toContain('status\tsucceeded');
    expect(lines()).toContain('metadata\t{"a":1}');
    expect(lines()).toContain('cost at AWS\t$0.000155');
    expect(lines().slice(-2)).toEqual(facesOf(2).map(({ id, link }) => `${id}\t${link}`));
  });

  it('tells an error by its parts', () => {
    const { stdout, lines } = stream(false);
    const error = detectionError('DETECTION_FAILED', { code: '17', message: 'no face' });
    createOutput(stdout, 'text').detection(recordOf({ status: 'failed', error, faces: [] }));
    expect(lines()).toEqual(
      expect.arrayContaining([
        'error.code\tDETECTION_FAILED',
        'error.provider_code\t17',
        'error.provider_message\tno face',
        'error.retryable\tfalse',
      ]),
    );
  });

  it('lets nothing that others wrote steer the terminal', () => {
    const { stdout, lines } = stream(false);
    const escape = '\u001B[2J\u0007';
    const error = detectionError('DETECTION_FAILED', { message: escape });
    const faces = [{ id: 0, link: `https://cdn.example/${escape}` }];
    createOutput(stdout, 'text').detection(recordOf({ error, faces, metadata: { [escape]: escape } }));
    expect(lines().join('').replaceAll('\t', '')).not.toMatch(/\p{Cc}/u);
  });

  it('gives a line to each record of many, and tells where a list goes on', () => {
    const { stdout, lines } = stream(false);
    const output = createOutput(stdout, 'text');
    const { face_count: _, ...faceless } = recordOf();
    const failed = { ...faceless, status: 'failed', error: detectionError('INVALID_TASK') } as const;
    output.summary([recordOf(), recordOf({ face_count: 1 }), failed]);
    output.list(
      [{ detect_task_id: taskId('a'), status: 'succeeded', updated_at: 'then', face_count: 3 }],
      'here',
    );
    expect(lines()).toEqual([
      'task\tsucceeded\t2 faces\t12.3 s\t3 polls\t$0.000155',
      'task\tsucceeded\t1 face\t12.3 s\t3 polls\t$0.000155',
      'task\tfailed\tINVALID_TASK\t12.3 s\t3 polls\t$0.000155',
      'a\tsucceeded\t3\tthen',
      'more: --cursor here',
    ]);
  });
});

describe('text on a terminal', () => {
  it('is a table', () => {
    const { stdout, lines } = stream(true);
    createOutput(stdout, 'text').summary([recordOf()]);
    expect(lines()[0]).toContain('┌');
    expect(lines().join('\n')).toContain('cost at AWS');
  });
});

describe('the age of a record', () => {
  it.each([
    [0, '0.0 s'],
    [99_949, '99.9 s'],
    [100_000, '1.7 min'],
    [5_999_000, '100.0 min'],
    [6_000_000, '1.7 h'],
    [-1, '0.0 s'],
  ])('of %i ms is %s', (ms, age) => {
    expect(ageOf(recordOf(), noonMs + ms)).toBe(age);
  });
});
