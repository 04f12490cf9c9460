/** The stored secrets that sign webhooks. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { ageMs } from '../../clock.ts';
import { parseSecrets } from './sign.ts';

/** A rotated secret is in use everywhere after this time; receivers hold both for longer. */
const maxAgeMs = 60_000;

/** CloudFormation generates base64, and cannot put the prefix before it. */
const prefixed = (text: string): string =>
  text.replaceAll(/(^|\s)(?!whsec_)(?=\S)/g, (_, before: string) => `${before}whsec_`);

/** Rejects with `InvalidSecretsError` if something else is stored. */
export function storedSecrets(deps: {
  client: SecretsManagerClient;
  secretArn: string;
  now: () => number;
  /** Takes each secret that is read, so that no log repeats it. */
  onRead?: (secret: string) => void;
}): () => Promise<readonly string[]> {
  let cached: { secrets: readonly string[]; readAtMs: number } | undefined;
  return async () => {
    if (cached !== undefined && ageMs(cached.readAtMs, deps.now()) < maxAgeMs) return cached.secrets;
    const { SecretString } = await deps.client.send(new GetSecretValueCommand({ SecretId: deps.secretArn }));
    cached = { secrets: parseSecrets(prefixed(SecretString ?? '')), readAtMs: deps.now() };
    for (const secret of cached.secrets) deps.onRead?.(secret);
    return cached.secrets;
  };
}
