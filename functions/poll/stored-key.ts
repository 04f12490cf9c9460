/** Where AWS keeps the provider's API key. Apart from its reader, so that one machine loads neither client. */
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';

import type { StoredKey } from './api-key.ts';

/** A secret of plain text, or an SSM parameter of type SecureString. */
export type KeyLocation = { secretArn: string } | { parameterName: string };

type ClientConfig = Pick<SecretsManagerClientConfig, 'region' | 'profile' | 'requestHandler'>;

export function storedKey(location: KeyLocation, config: ClientConfig): StoredKey {
  if ('secretArn' in location) {
    const client = new SecretsManagerClient(config);
    const command = new GetSecretValueCommand({ SecretId: location.secretArn });
    // A secret that was made without a value is answered as one that is not there.
    return () => unless(ResourceNotFoundException, async () => (await client.send(command)).SecretString);
  }
  const client = new SSMClient(config);
  const command = new GetParameterCommand({ Name: location.parameterName, WithDecryption: true });
  return () => unless(ParameterNotFound, async () => (await client.send(command)).Parameter?.Value);
}

/** Nothing is stored where nothing is. */
async function unless(
  NotFound: typeof ResourceNotFoundException | typeof ParameterNotFound,
  read: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
