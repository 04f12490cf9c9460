import { describe, expect, it } from 'vitest';

import { answered, asked, classified, done, faces, stranger, task } from '../../support/answers.ts';

const complete = done();
const without = (data: unknown, code?: unknown): string => JSON.stringify({ code, data });

describe('an answer without the code 200', () => {
  it.each([undefined, null, true, 'ok', 0, 1, 201, 399])(
    'is believed where it has faces of the task: %s',
    (code) => {
      expect(classified(answered(without(complete, code)))).toMatchObject({ kind: 'succeeded', faces });
    },
  );

  it.each([400, 418, 499, 600])('is not where the code is one of errors: %i', (code) => {
    expect(classified(answered(without(complete, code)))).toMatchObject({ kind: 'violation' });
  });

  it('is believed where the task is at work', () => {
    expect(classified(answered(without(task('processing'))))).toEqual({
      kind: 'pending',
      status: 'processing',
    });
  });

  it.each([
    ['is over without a face', done({ faces: [] })],
    ['has failed', task('failed')],
    ['is another one', { ...done(), detect_task_id: stranger }],
  ])('is not where the task %s', (_what, data) => {
    expect(classified(answered(without(data)))).toMatchObject({ reason: 'not the envelope' });
    expect(classified(answered(without(data, 1)))).toMatchObject({ reason: 'unlisted code' });
  });

  it('is not under another HTTP status', () => {
    expect(classified(answered(without(complete), 500))).toMatchObject({ kind: 'unavailable' });
  });

  it('is not believed where it repeats the key', () => {
    const repeating = without(done({ id: asked.apiKey }));
    expect(classified(answered(repeating))).toMatchObject({ kind: 'violation' });
  });
});
