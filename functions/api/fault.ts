/** What an error means to the caller. */
import { RejectedRequestError } from '../control/rejected-request.ts';
import { InvalidCursorError } from '../records/cursor.ts';
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
  if (!(error instanceof RejectedRequestError)) return failureOf(error);
  return { status: error.kind === 'conflict' ? 409 : 422, detail: error.message, field: error.field };
}

function failureOf(error: unknown): Problem {
  if (!mayPass(error)) {
    return { status: 500, detail: 'This is an error of the service: the same request will fail again.' };
  }
  const headers = { 'retry-after': String(retryAfterSeconds) };
  return { status: 503, detail: 'The records cannot be reached at the moment; send it again.', headers };
}
