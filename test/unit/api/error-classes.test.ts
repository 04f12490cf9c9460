/** Every class of error that submitting, controlling and archiving throw means something to a caller of the API and of the CLI. */
import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { exitCode, explainError } from '../../../cli/exit-code.ts';
import { problemOf } from '../../../functions/api/fault.ts';
import { ClaimExpiredError } from '../../../functions/archive/copy-faces.ts';
import { RejectedRequestError } from '../../../functions/control/rejected-request.ts';
import { InvalidCursorError } from '../../../functions/records/cursor.ts';
import { type SubmissionCode, submissionCodes, SubmissionError } from '../../../functions/submit/outcome.ts';

const folders = ['control', 'submit', 'archive', 'records', 'api'];
const sources = folders.flatMap((folder) => {
  const url = new URL(`../../../functions/${folder}/`, import.meta.url);
  const files = readdirSync(url).filter((file) => file.endsWith('.ts'));
  return files.map((file) => readFileSync(new URL(file, url), 'utf8'));
});
const found = (pattern: RegExp): string[] =>
  [
    ...new Set(sources.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name))),
  ].toSorted();

const submissions: Record<SubmissionCode, [status: number, code: number]> = {
  SUBMISSION_REJECTED: [503, exitCode.infrastructure],
  SUBMISSION_UNSENT: [503, exitCode.infrastructure],
  SUBMISSION_UNKNOWN: [502, exitCode['submission-unknown']],
  SUBMISSION_BUSY: [503, exitCode.infrastructure],
  SUBMISSION_UNSUPPORTED: [409, exitCode.infrastructure],
  SUBMISSION_NOT_STARTED: [503, exitCode.infrastructure],
};
const { signal } = new AbortController();

/** Each with what a caller sees. */
const mapped: [error: Error, status: number, code: number][] = [
  [
    new RejectedRequestError('invalid', 'media_url: is required', 'media_url'),
    422,
    exitCode['invalid-input'],
  ],
  [new RejectedRequestError('conflict', 'media_url: differs', 'media_url'), 409, exitCode['invalid-input']],
  [new InvalidCursorError(), 400, exitCode['invalid-input']],
  ...Object.entries(submissions).map(([code, [status, exit]]): (typeof mapped)[0] => [
    new SubmissionError(code as SubmissionCode),
    status,
    exit,
  ]),
  [
    new SubmissionError('SUBMISSION_REJECTED', { providerCode: 429, providerMessage: 'rate limited.' }),
    503,
    exitCode.infrastructure,
  ],
  [new SubmissionError('SUBMISSION_REJECTED', { providerCode: 422 }), 422, exitCode['invalid-input']],
];

/** They end in the function that throws them, or are answered as any fault of ours is. */
const unmapped = ['ClaimExpiredError', 'MissingPagesError', 'RequestTimeoutError'];

describe('the classes of errors', () => {
  it('are all here', () => {
    const own = found(/class (\w+Error) extends Error/g);
    expect([...new Set(mapped.map(([{ name }]) => name)), ...unmapped].toSorted()).toEqual(own);
    const thrown = found(/(?:throw|throw_|reject\()\s*new (\w+)\(/g);
    expect(thrown.filter((name) => name !== 'Error' && !own.includes(name))).toEqual([]);
    expect(Object.keys(submissions).toSorted()).toEqual(Object.keys(submissionCodes).toSorted());
  });

  it.each(mapped)(
    'say by status and exit code what became of a request: %s, %i, %i',
    (error, status, code) => {
      const problem = problemOf(error);
      expect(problem).toMatchObject({ status, detail: error.message });
      expect(explainError(error, signal)).toEqual({ message: error.message, code });
      // One sentence.
      expect(problem.detail).toMatch(/^[^\n]+$/);
      expect(problem.detail.replaceAll(/\.\w/g, '')).toMatch(/^[^.]+\.?$/);
    },
  );

  it('are a passing fault of ours where nothing maps them', () => {
    expect(problemOf(new ClaimExpiredError())).toMatchObject({ status: 503 });
  });
});
