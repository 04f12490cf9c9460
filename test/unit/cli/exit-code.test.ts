import { describe, expect, it } from 'vitest';

import { codeOfStatus, exitCode, explainError, gravest } from '../../../cli/exit-code.ts';
import { UserError } from '../../../client/user-error.ts';
import { RejectedRequestError } from '../../../functions/control/rejected-request.ts';
import { InvalidCursorError } from '../../../functions/records/cursor.ts';

const { signal } = new AbortController();

describe('the exit code', () => {
  it.each([
    ['starting', 0],
    ['processing', 0],
    ['succeeded', 0],
    ['failed', 2],
    ['abandoned', 3],
  ] as const)('of a record that is %s is %i', (status, code) => {
    expect(codeOfStatus(status)).toBe(code);
  });

  it.each([
    [[], 0],
    [[0, 0], 0],
    [[0, 2, 0], 2],
    [[2, 3, 0], 3],
    [[3, 4, 2], 4],
    [[4, 1, 3], 1],
    [[0, 2, 3, 5, 1], 5],
    [[5, 130], 130],
  ])('over tasks that come to %j is the gravest, %i', (codes, code) => {
    expect(gravest(codes)).toBe(code);
  });
});

describe('a failure', () => {
  it.each([
    [
      'a rejected request',
      new RejectedRequestError('invalid', 'media_url: must be a string'),
      1,
      'media_url: must be a string',
    ],
    ['a cursor of another making', new InvalidCursorError(), 1, 'cursor: is not one that was given out here'],
    [
      'a bad setting',
      new UserError('invalid-input', 'CRUN_API_KEY: must be set'),
      1,
      'CRUN_API_KEY: must be set',
    ],
    ['an unusable machine', new UserError('infrastructure', 'no room'), 5, 'no room'],
    ['a fault of a library', new TypeError('it\n  broke\n'), 5, 'TypeError: it broke'],
    ['a fault that steers the terminal', new Error('\u001B[2J\u009B\u202E'), 5, 'Error: ·[2J··'],
    ['a fault without words', new RangeError(''), 5, 'RangeError: no further details'],
    ['something that is no error', 'odd', 5, 'odd'],
  ])('of %s is one sentence and a code', (_what, error, code, sentence) => {
    expect(explainError(error, signal)).toEqual({ message: sentence, code });
  });

  it('after an interruption is the interruption, whatever it did to others', () => {
    const controller = new AbortController();
    controller.abort();
    expect(explainError(new Error('socket closed'), controller.signal)).toEqual({
      message: 'Interrupted: the records stay as they are; start or watch the same ids to go on.',
      code: exitCode.interrupted,
    });
  });
});
