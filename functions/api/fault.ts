/** Refusals of AWS that are about how much is asked, not about what. */
const throttles = /Throttl|LimitExceeded|TooManyRequests|ProvisionedThroughput|InProgress/;
/** What the language itself throws is a bug. */
const bugs = [TypeError, RangeError, ReferenceError, SyntaxError];

/**
 * Whether the same request may be answered later. Not so a bug of ours, nor what AWS refuses for its content or for a
 * missing permission; everything else is weather: time-outs, broken connections, throttling, lost races.
 */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // The SDK's own, of a proxy's page in place of an answer, carry metadata.
  if (bugs.some((bug) => error instanceof bug)) return '$metadata' in error;
  const isRefused = '$fault' in error && error.$fault === 'client';
  return !isRefused || throttles.test(error.name);
}
