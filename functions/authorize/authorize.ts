/** Whether a request may pass: by its token, and by nothing else. */
import type { Measure } from '../telemetry/metrics.ts';
import type { StoredTokens } from './stored-tokens.ts';
import { tokenIndex } from './token.ts';

/** A removed token is unknown everywhere after this time, and the gateway's cache. */
export const knownForMs = 60_000;
/** Wrong tokens cause no more than a read a second. */
export const unknownForMs = 1_000;

interface AuthorizeDeps {
  tokens: StoredTokens;
  measure: Measure;
}

/**
 * Takes a header. Rejects where the tokens cannot be read: the gateway keeps an answer for five minutes, but no failure.
 */
export const createAuthorize =
  ({ tokens, measure }: AuthorizeDeps) =>
  async (authorization: string | undefined): Promise<boolean> => {
    let index = tokenIndex(await tokens(knownForMs), authorization);
    // It may be newer than what was read.
    if (index === -1) index = tokenIndex(await tokens(unknownForMs), authorization);
    measure('authorizations', 1, index === -1 ? 'rejected' : index === 0 ? 'newest' : 'old');
    return index !== -1;
  };
