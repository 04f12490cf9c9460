/** What becomes of a submission, and each way in one sentence. */
import type { Creation, RejectionCode } from '../crun/create.ts';
import type { DetectTaskId } from '../detection/input.ts';

/** Nothing was created. */
export type Nothing = Extract<Creation, { kind: 'rejected' }> | { kind: 'unsent'; reason: string };

/** Of the call that one caller made: it does not change any more. */
export type Settled = Nothing | { kind: 'created'; detectTaskId: DetectTaskId } | { kind: 'unknown' };

export const submissionCodes = {
  SUBMISSION_REJECTED: 'The provider rejected the submission, and created no task.',
  SUBMISSION_UNSENT: 'Nothing was submitted; submit again.',
  SUBMISSION_UNKNOWN:
    'Whether the provider created a task is not known: the same idempotency key submits nothing more; a new key submits anew, perhaps for a second time.',
  SUBMISSION_BUSY: 'Another request with this idempotency key is under way; repeat this one.',
  SUBMISSION_UNSUPPORTED:
    'The stack has no Submit function (output SubmitFunctionArn): deploy this version of the poller to submit media.',
  SUBMISSION_NOT_STARTED: 'The media was submitted, but its polling could not be started.',
} as const;
export type SubmissionCode = keyof typeof submissionCodes;

export interface SubmissionDetails {
  providerCode?: RejectionCode | undefined;
  /** The provider's words: for the caller, never for a log. */
  providerMessage?: string | undefined;
  retryAfterSeconds?: number | undefined;
  /** Why nothing was sent, or which task is not polled: our own words. */
  reason?: string | undefined;
}

/** No task is polled. The message is one sentence, with the provider's own words where there are any. */
export class SubmissionError extends Error {
  override readonly name = 'SubmissionError';
  readonly code: SubmissionCode;
  readonly details: SubmissionDetails;

  constructor(code: SubmissionCode, details: SubmissionDetails = {}) {
    super(sentenceOf(code, details));
    this.code = code;
    this.details = details;
  }
}

function sentenceOf(
  code: SubmissionCode,
  { providerCode, providerMessage, reason }: SubmissionDetails,
): string {
  const said = providerMessage === undefined ? '' : `: ${providerMessage.replace(/[.\s]+$/, '')}`;
  if (providerCode !== undefined)
    return `The provider rejected the submission with code ${providerCode}${said}; nothing was created.`;
  const text = submissionCodes[code];
  return reason === undefined ? text : `${text.slice(0, -1)} (${reason}).`;
}

/** A caller comes again after this long, where nothing else is said. */
const retryAfterSeconds = 5;

export function errorOf(outcome: Exclude<Settled, { kind: 'created' }>): SubmissionError {
  switch (outcome.kind) {
    case 'rejected': {
      const { code, message, retryAfterMs } = outcome;
      return new SubmissionError('SUBMISSION_REJECTED', {
        providerCode: code,
        providerMessage: message,
        ...(retryAfterMs !== undefined && { retryAfterSeconds: Math.ceil(retryAfterMs / 1_000) }),
      });
    }
    case 'unsent':
      return new SubmissionError('SUBMISSION_UNSENT', { reason: outcome.reason, retryAfterSeconds });
    case 'unknown':
      return new SubmissionError('SUBMISSION_UNKNOWN');
  }
}

export const busyError = (): SubmissionError => new SubmissionError('SUBMISSION_BUSY', { retryAfterSeconds });
