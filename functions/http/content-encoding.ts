/** What servers write there though nothing is encoded: the standard's `identity`, and names of character sets. */
const encodesNothing = new Set(['', 'identity', 'none', 'utf-8', 'utf8']);

/** Whether a body must be decoded before it can be read. */
export const isEncoded = (contentEncoding: string | undefined): boolean =>
  (contentEncoding ?? '').split(',').some((coding) => !encodesNothing.has(coding.trim().toLowerCase()));
