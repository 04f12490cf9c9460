/** `token`: prints the token of the deployed HTTP API, replaces it, and revokes what was replaced. */
import { randomBytes } from 'node:crypto';

import { UserError } from '../../client/user-error.ts';
import { InvalidTokensError, maxTokens, parseTokens } from '../../functions/authorize/token.ts';
import type { Session } from '../session.ts';
import type { TokenStore } from '../token-store.ts';

interface TokenOptions {
  rotate?: boolean;
  revoke?: boolean;
}

interface Answer {
  token?: string;
  /** How many are valid now. */
  valid: number;
  revoked?: number;
}

export function addTokenVerb({ program, openTokenStore, connection, format, stdout, stderr }: Session): void {
  program
    .command('token')
    .description('print the token of the deployed HTTP API')
    .option('--rotate', 'print a new one; the old one stays valid')
    .option('--revoke', 'remove the old one; with --rotate also every other')
    .action(async ({ rotate = false, revoke = false }: TokenOptions) => {
      const store = await openTokenStore(connection());
      const answer = await change(store, { rotate, revoke });
      if (format() === 'json') stdout.write(`${JSON.stringify(answer)}\n`);
      else {
        if (answer.token !== undefined) stdout.write(`${answer.token}\n`);
        const note = noteOn(answer, rotate);
        if (note !== undefined) stderr.write(`${note}\n`);
      }
    });
}

async function change(store: TokenStore, { rotate, revoke }: Required<TokenOptions>): Promise<Answer> {
  const stored = await store.read();
  const tokens = tokensIn(stored, store.place, rotate && revoke);
  const [newest = ''] = tokens;
  if (!rotate && !revoke) return { token: newest, valid: tokens.length };
  if (rotate && !revoke && tokens.length === maxTokens)
    throw new UserError(
      'invalid-input',
      '--rotate: two tokens are valid already; revoke the old one first with face-poller token --revoke',
    );
  const token = rotate ? randomBytes(32).toString('base64url') : newest;
  const kept = revoke ? [token] : [token, newest];
  if (kept.length !== tokens.length || rotate) await write(store, kept);
  return {
    ...(rotate && { token }),
    valid: kept.length,
    ...(revoke && { revoked: tokens.filter((one) => !kept.includes(one)).length }),
  };
}

/** What cannot be used is no token, and may be replaced. */
function tokensIn(stored: string, place: string, isReplaced: boolean): string[] {
  try {
    return parseTokens(stored);
  } catch (error) {
    if (!(error instanceof InvalidTokensError)) throw error;
    if (isReplaced) return [];
    throw new UserError(
      'infrastructure',
      `${place}: ${error.message}; face-poller token --rotate --revoke stores another`,
    );
  }
}

async function write(store: TokenStore, tokens: readonly string[]): Promise<void> {
  try {
    await store.write(tokens);
  } catch (error) {
    // AWS repeats the rejected value in its error.
    if (error instanceof Error)
      for (const token of tokens) error.message = error.message.replaceAll(token, '…');
    throw error;
  }
}

function noteOn({ revoked }: Answer, rotate: boolean): string | undefined {
  if (revoked === undefined)
    return rotate ? 'The old token is valid until face-poller token --revoke.' : undefined;
  if (revoked === 0) return rotate ? undefined : 'There is no old token.';
  return 'What was revoked stops working within six minutes.';
}
