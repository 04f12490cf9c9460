/** The session of the page: a token that is printed is exchanged, once, for a cookie that no script can read. */
import { randomBytes } from 'node:crypto';

import { equals } from '../functions/authorize/token.ts';

export interface ConsoleSession {
  /** All that is served is below this path, which only the printed address holds. */
  base: string;
  token: string;
  /** The cookie for the token; nothing for another token, or a second time. */
  exchange(token: string): string | undefined;
  isOpen(cookies: string | undefined): boolean;
}

const secret = (bytes: number): string => randomBytes(bytes).toString('base64url');

export function createConsoleSession(): ConsoleSession {
  const token = secret(32);
  const value = secret(32);
  const name = 'face_poller_console';
  // A browser sends a cookie to every port of a host: another server on this machine never sees this path.
  const base = `/${secret(12)}`;
  const isToken = equals(token);
  const isSession = equals(value);
  let isUnused = true;
  return {
    base,
    token,
    exchange(given) {
      if (!isToken(given) || !isUnused) return undefined;
      isUnused = false;
      return `${name}=${value}; Path=${base}/; HttpOnly; SameSite=Strict`;
    },
    isOpen: (cookies = '') =>
      cookies
        .split('; ')
        .some((cookie) => cookie.startsWith(`${name}=`) && isSession(cookie.slice(name.length + 1))),
  };
}
