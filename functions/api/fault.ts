/** What an error means to the caller. */
import { RejectedRequestError } from '../control/rejected-request.ts';
import { InvalidCursorError } from '../records/cursor.ts';
import { SubmissionError } from '../submit/outcome.ts';
import type { Problem } from './message.ts';

/** Rejections by AWS that are about the rate of requests, not about their content. */
const throttles = /Throttl|LimitExceeded|TooManyRequests|ProvisionedThroughput|InProgress/;
/** Errors that the language throws are bugs. */
const bugs = [TypeError, RangeError, ReferenceError, SyntaxError];

/**
 * Whether the same request may succeed later: not after a bug of ours, nor where AWS rejects its content or a
 * permission is missing; but after time-outs, broken connections, throttling and lost races.
 */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // With metadata it is the SDK's: it could not parse a proxy's page.
  if (bugs.some((bug) => error instanceof bug)) return '$metadata' in error;
  const isRejected = '$fault' in error && error.$fault === 'client';
  return !isRejected || throttles.test(error.name);
}

/** Longer than the SDK's own retries, which have failed by then. */
const retryAfterSeconds = 5;

/** The caller's fault, in words that name the field; else ours. */
export function problemOf(error: unknown): Problem {
  if (error instanceof InvalidCursorError) return { status: 400, detail: error.message, field: 'cursor' };
  if (error instanceof SubmissionError) return submissionProblem(error);
  if (!(error instanceof RejectedRequestError)) return failureOf(error);
  return { status: error.kind === 'conflict' ? 409 : 422, detail: error.message, field: error.field };
}

/** The media's fault, a matter of waiting, or neither: the last is no reason to send it again. */
function submissionProblem({ code, message: detail, details }: SubmissionError): Problem {
  const { providerCode: provider_code, providerMessage: provider_message } = details;
  const said = { detail, code, provider_code, provider_message };
  if (provider_code === 422 || provider_code === 404) return { status: 422, ...said, field: 'media_url' };
  if (code === 'SUBMISSION_UNSUPPORTED') return { status: 409, ...said };
  const mayPassLater =
    provider_code === undefined ? code !== 'SUBMISSION_UNKNOWN' : [429, 455].includes(provider_code);
  if (!mayPassLater) return { status: 502, ...said };
  const seconds = details.retryAfterSeconds ?? retryAfterSeconds;
  return { status: 503, ...said, headers: { 'retry-after': String(seconds) } };
}

function failureOf(error: unknown): Problem {
  if (!mayPass(error)) {
    return { status: 500, detail: 'This is an error of the service: the same request will fail again.' };
  }
  const headers = { 'retry-after': String(retryAfterSeconds) };
  return { status: 503, detail: 'The records cannot be reached at the moment; send it again.', headers };
}
