/** The header that opens the HTTP API, on one machine and at AWS: `Authorization: Bearer <token>`. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Two while one replaces the other. */
export const maxTokens = 2;
/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1, and long enough not to be guessed. */
const usable = /^[\w.~+/-]{32,256}=*$/;

/** Its message never holds the text. */
export class InvalidTokensError extends Error {
  override readonly name = 'InvalidTokensError';

  constructor() {
    super('the tokens must be one or two, the newest first, each of 32 to 256 letters, digits or "-._~+/"');
  }
}

/** Tokens as they are stored: one a line or with blanks between them, the newest first. Throws `InvalidTokensError`. */
export function parseTokens(text: string): string[] {
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  const isUsable = tokens.every((token) => usable.test(token));
  if (!isUsable || tokens.length === 0 || tokens.length > maxTokens) throw new InvalidTokensError();
  return tokens;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes the same time whether a part of the secret is right or none. */
export function equals(expected: string): (given: string) => boolean {
  const own = digest(expected);
  return (given) => timingSafeEqual(digest(given), own);
}

/** The name of a scheme has no case: https://www.rfc-editor.org/rfc/rfc9110#section-11.1 */
const bearer = /^bearer +([\w.~+/-]+=*)$/i;

/** Which of the tokens a header holds, by its index; -1 for none. */
export function tokenIndex(tokens: readonly string[], authorization: string | undefined): number {
  const [, given] = bearer.exec(authorization ?? '') ?? [];
  if (given === undefined) return -1;
  // Each is compared, so that the time does not say which one it was.
  return tokens.map((token) => equals(token)(given)).indexOf(true);
}
