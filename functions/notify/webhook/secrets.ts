/** The secrets that pushes are signed with, as they are stored. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { parseSecrets } from './sign.ts';

/** A rotated secret is in use this soon everywhere; receivers hold both for longer than that. */
const maxAgeMs = 60_000;

/** What a stack generates is base64 without the prefix, which CloudFormation cannot put there. */
const prefixed = (text: string): string =>
  text.replaceAll(/(^|\s)(?!whsec_)(?=\S)/g, (_, before: string) => `${before}whsec_`);

/** Rejects with `InvalidSecretsError` where something else is stored. */
export function storedSecrets(deps: {
  client: SecretsManagerClient;
  secretArn: string;
  now: () => number;
}): () => Promise<readonly string[]> {
  let cached: { secrets: readonly string[]; readAtMs: number } | undefined;
  return async () => {
    if (cached !== undefined && deps.now() - cached.readAtMs < maxAgeMs) return cached.secrets;
    const { SecretString } = await deps.client.send(new GetSecretValueCommand({ SecretId: deps.secretArn }));
    cached = { secrets: parseSecrets(prefixed(SecretString ?? '')), readAtMs: deps.now() };
    return cached.secrets;
  };
}
