import { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ageOf, createOutput, type OutputOptions } from '../../../cli/output.ts';
import { toJson } from '../../../client/safe-text.ts';
import { detectionError } from '../../../functions/detection/error-codes.ts';
import { type Detection, toDetection } from '../../../functions/detection/fields.ts';
import { newHead } from '../../../functions/records/head.ts';
import { type Listed, listedNames } from '../../../functions/records/list.ts';
import { facesOf, noonMs, ownerNamed, some, testDefaults, taskId } from '../../support/records.ts';

// What Node reads to judge a terminal's colours, CI systems' names included: nothing of the machine's own may decide.
beforeEach(() => {
  vi.stubEnv('TERM', 'xterm-256color');
  for (const name of ['CI', 'FORCE_COLOR', 'NO_COLOR', 'NODE_DISABLE_COLORS']) vi.stubEnv(name, undefined);
});
afterEach(() => void vi.unstubAllEnvs());

/** What an output writes, line by line, twelve minutes after noon. */
function output({ isTTY = false, columns = 80, ...options }: Partial<OutputOptions & Terminal> = {}) {
  const written: string[] = [];
  const stdout = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      written.push(text);
      done();
    },
  });
  const getColorDepth = () => WriteStream.prototype.getColorDepth.call(stdout);
  const stream = Object.assign(stdout, { isTTY, columns, getColorDepth }) as unknown as NodeJS.WriteStream;
  const created = createOutput(stream, { format: 'text', now: () => noonMs + 720_000, ...options });
  const lines = (): string[] => written.join('').split('\n').slice(0, -1);
  return { ...created, lines, plainLines: () => lines().map(stripVTControlCharacters) };
}
interface Terminal {
  isTTY: boolean;
  columns: number;
}

function recordOf(changes: Partial<Detection> = {}): Detection {
  const head = newHead({ detect_task_id: taskId('task') }, ownerNamed('1-task'), testDefaults, noonMs);
  const final_at = new Date(noonMs + 12_340).toISOString();
  const rest = { ...some, status: 'succeeded', detect_id: 'd', face_count: 2, final_at, ...changes } as const;
  return toDetection({ ...head, ...rest }, changes.faces ?? facesOf(2));
}

/** Erases the screen, rings, is a C1 control, turns the direction, has no width, ends the line. */
const unsafe = '\u001B[2J\u0007\u007F\u009B\u202E\u2066\u200B\u2028';
const delivery = {
  id: 'task_1_succeeded',
  state: 'delivered',
  attempts: 2,
  history: [
    { at: '2026-11-22T12:00:04.000Z', fault: 'connection-refused' },
    { at: '2026-11-22T12:00:09.000Z', status: 204 },
  ],
} as const satisfies Detection['delivery'];
const failed = (() => {
  const { face_count: _, detect_id: __, ...faceless } = recordOf({ faces: [] });
  return { ...faceless, status: 'failed', error: detectionError('INVALID_TASK') } as const;
})();

const listed = Object.fromEntries(listedNames.map((name) => [name, recordOf()[name]])) as unknown as Listed;

describe('JSON', () => {
  it('is one document a line for each record, exactly as readers see it, and nothing for people', () => {
    const { lines, ...out } = output({ format: 'json' });
    const record = recordOf({ metadata: { text: 'two\nlines' } });
    out.detection(record);
    out.summary([record, record]);
    out.list([listed], 'more');
    out.faces(record);
    out.text('for people');
    out.forgotten('a');
    expect(lines().map((line) => JSON.parse(line) as unknown)).toEqual([
      record,
      record,
      record,
      listed,
      { detect_task_id: 'a', forgotten: true },
    ]);
  });

  it('escapes what steers a terminal, and stays the same value', () => {
    const value = { [unsafe]: `${unsafe}\u{E0001}` };
    expect(toJson(value)).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(toJson(value))).toEqual(value);
  });
});

describe('text in a pipe', () => {
  it('is plain lines with tabs: the essentials, then every face', () => {
    const { detection, lines } = output();
    detection(recordOf({ metadata: { a: 1 } }));
    expect(lines().slice(0, 2)).toEqual(['detect_task_id\ttask', 'status\tsucceeded']);
    expect(lines()).toContain('metadata\t{"a":1}');
    expect(lines()).toContain('time left\t~48.0 min');
    expect(lines().join('\n')).not.toMatch(/execution_arn|lambda_ms|cost/);
    expect(lines().slice(-2)).toEqual(facesOf(2).map(({ id, link }) => `${id}\t${link}`));
  });

  it('has every attribute and the cost where all is asked for', () => {
    const { detection, lines } = output({ showsAll: true });
    const record = recordOf({ delivery });
    detection(record);
    const shown = lines().map((line) => line.split(/[.\t]/)[0]);
    const { faces: _, ...attributes } = record;
    expect(shown).toEqual(expect.arrayContaining(Object.keys(attributes)));
    expect(lines()).toContain('cost at AWS\t$0.000155');
  });

  it('shows an error by its parts, and each attempt of a delivery with its reason', () => {
    const { detection, lines } = output();
    const error = detectionError('DETECTION_FAILED', { code: '17', message: 'no face' });
    detection(recordOf({ status: 'failed', error, faces: [], delivery }));
    expect(lines()).toEqual(
      expect.arrayContaining([
        'error.code\tDETECTION_FAILED',
        'error.provider_code\t17',
        'error.provider_message\tno face',
        'error.retryable\tfalse',
        'delivery.state\tdelivered',
        'delivery.history.1\t2026-11-22T12:00:04.000Z connection-refused',
        'delivery.history.2\t2026-11-22T12:00:09.000Z HTTP 204',
      ]),
    );
  });

  it.each([true, false])('masks what steers a terminal (%s)', (isTTY) => {
    vi.stubEnv('NO_COLOR', '1');
    const { detection, summary, lines } = output({ isTTY });
    const error = detectionError('DETECTION_FAILED', { message: unsafe });
    const faces = [{ id: 0, link: `https://cdn.example/${unsafe}` }];
    const record = recordOf({ error, faces, detect_id: unsafe, metadata: { [unsafe]: unsafe } });
    detection(record);
    summary([record]);
    expect(lines().join('').replaceAll('\t', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
  });

  it('gives a line to each record of many, and none to the cursor', () => {
    const { summary, list, lines } = output();
    const expired = { usable_until: '2026-11-22T12:00:00.000Z' };
    summary([recordOf(), recordOf({ face_count: 1, ...expired }), failed]);
    list([listed, failed], 'here');
    expect(lines()).toEqual([
      'task\tsucceeded\t2 faces\td\t~48.0 min\t12.3 s',
      'task\tsucceeded\t1 face\td\texpired\t12.3 s',
      'task\tfailed\tINVALID_TASK\t\t\t12.3 s',
      'task\tsucceeded\t2\td\t~48.0 min\t2026-11-22T12:00:00.000Z',
      'task\tfailed\t\t\t\t2026-11-22T12:00:00.000Z',
    ]);
  });
});

describe('text on a terminal', () => {
  it('fits 80 columns in aligned columns, with names of the usual length', () => {
    const { detection, summary, list, plainLines } = output({ isTTY: true });
    const named = { detect_task_id: taskId('dit60yt8reqplt1c16'), detect_id: 'm1oZzqYp9dN' };
    const unavailable = { status: 'abandoned', error: detectionError('PROVIDER_UNAVAILABLE') } as const;
    summary([recordOf(named), { ...failed, detect_task_id: named.detect_task_id }]);
    list([{ ...listed, ...named }], undefined);
    expect(plainLines()[1]).toBe(
      'dit60yt8reqplt1c16  succeeded  2 faces       m1oZzqYp9dN  ~48.0 min  12.3 s',
    );
    detection(recordOf({ ...named, ...unavailable, delivery, faces: facesOf(1) }));
    expect(plainLines().join('\n')).toMatch(
      /^error\.message +The provider .*\n {10,}.*until the deadline\.$/m,
    );
    for (const line of plainLines()) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('has no colour and no bold letters where NO_COLOR is set', () => {
    const coloured = output({ isTTY: true });
    coloured.summary([recordOf()]);
    expect(coloured.lines().join('')).toContain('\u001B[');
    vi.stubEnv('NO_COLOR', '1');
    const plain = output({ isTTY: true });
    plain.summary([recordOf()]);
    plain.detection(recordOf());
    expect(plain.lines().join('')).not.toContain('\u001B');
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
