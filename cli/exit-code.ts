/** The exit codes, and which one an error or a record results in. */
import { printable } from '../client/safe-text.ts';
import { UserError, type UserErrorKind } from '../client/user-error.ts';
import { RejectedRequestError } from '../functions/control/rejected-request.ts';
import type { Status } from '../functions/detection/types.ts';
import { InvalidCursorError } from '../functions/records/cursor.ts';
import { SubmissionError } from '../functions/submit/outcome.ts';

/** `failed` and `abandoned` come only from verbs that wait for the result. */
export const exitCode = {
  done: 0,
  'invalid-input': 1,
  failed: 2,
  abandoned: 3,
  'not-found': 4,
  infrastructure: 5,
  'submission-unknown': 6,
  interrupted: 130,
} as const satisfies Record<
  UserErrorKind | 'done' | 'failed' | 'abandoned' | 'not-found' | 'submission-unknown',
  number
>;

const byGravity = [
  exitCode.interrupted,
  exitCode['submission-unknown'],
  exitCode.infrastructure,
  exitCode['invalid-input'],
  exitCode['not-found'],
  exitCode.abandoned,
  exitCode.failed,
];

/** The exit code of several tasks. */
export const gravest = (codes: Iterable<number>): number => {
  const seen = new Set(codes);
  return byGravity.find((code) => seen.has(code)) ?? exitCode.done;
};

/** Failed and abandoned detections are answers: only a verb that waited for them exits by them. */
export const withoutResults = (codes: readonly number[]): number =>
  gravest(codes.filter((code) => code !== exitCode.failed && code !== exitCode.abandoned));

export const codeOfStatus = (status: Status): number => {
  if (status === 'failed') return exitCode.failed;
  return status === 'abandoned' ? exitCode.abandoned : exitCode.done;
};

/** The media's fault, an unknown outcome, or one that the caller cannot mend by other media. */
function codeOfSubmission({ code, details }: SubmissionError): number {
  if (code === 'SUBMISSION_UNKNOWN') return exitCode['submission-unknown'];
  const isMedias = details.providerCode === 422 || details.providerCode === 404;
  return isMedias ? exitCode['invalid-input'] : exitCode.infrastructure;
}

const interruption = 'Interrupted: the records stay as they are; start or watch the same ids to go on.';

/** Any error as one sentence and an exit code, never a stack trace. */
export function explainError(error: unknown, signal?: AbortSignal): { message: string; code: number } {
  if (error instanceof UserError && error.kind === 'interrupted') {
    return { message: error.message, code: exitCode.interrupted };
  }
  if (signal?.aborted) return { message: interruption, code: exitCode.interrupted };
  if (!(error instanceof Error)) return { message: printable(String(error)), code: exitCode.infrastructure };
  // A library's message may run over several lines, and hold what others wrote.
  const message = printable(error.message.replaceAll(/\s+/g, ' ').trim());
  if (error instanceof RejectedRequestError || error instanceof InvalidCursorError) {
    return { message, code: exitCode['invalid-input'] };
  }
  if (error instanceof SubmissionError) return { message, code: codeOfSubmission(error) };
  if (error instanceof UserError) return { message, code: exitCode[error.kind] };
  // A library's fault or a bug: its name says more than its message.
  return { message: `${error.name}: ${message || 'no further details'}`, code: exitCode.infrastructure };
}
