/** The stored tokens of the HTTP API. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { ageMs } from '../clock.ts';
import { parseTokens } from './token.ts';

/** No older than asked for. Rejects with `InvalidTokensError` if something else is stored. */
export type StoredTokens = (maxAgeMs: number) => Promise<readonly string[]>;

export function storedTokens(deps: {
  client: SecretsManagerClient;
  secretArn: string;
  now: () => number;
}): StoredTokens {
  let cached: { tokens: readonly string[]; readAtMs: number } | undefined;
  return async (maxAgeMs) => {
    if (cached !== undefined && ageMs(cached.readAtMs, deps.now()) < maxAgeMs) return cached.tokens;
    const { SecretString } = await deps.client.send(new GetSecretValueCommand({ SecretId: deps.secretArn }));
    cached = { tokens: parseTokens(SecretString ?? ''), readAtMs: deps.now() };
    return cached.tokens;
  };
}
