/** Rejections by AWS that are about the rate of requests, not about their content. */
const throttles = /Throttl|LimitExceeded|TooManyRequests|ProvisionedThroughput|InProgress/;
/** Errors that the language throws are bugs. */
const bugs = [TypeError, RangeError, ReferenceError, SyntaxError];

/**
 * Whether the same request may succeed later: not after a bug of ours, nor where AWS rejects its content or a
 * permission is missing; but after time-outs, broken connections, throttling and lost races.
 */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // With metadata it is the SDK's: it could not parse a proxy's page.
  if (bugs.some((bug) => error instanceof bug)) return '$metadata' in error;
  const isRejected = '$fault' in error && error.$fault === 'client';
  return !isRejected || throttles.test(error.name);
}
