/** The provider's API key in AWS Secrets Manager. Each store has its own module, so that a function loads one client. */
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';

import { type StoredKey, unlessNothing } from './reader.ts';

type ClientConfig = Pick<SecretsManagerClientConfig, 'region' | 'profile' | 'requestHandler'>;

/** A secret of plain text. A secret without a value counts as absent, because its read fails in the same way. */
export function storedSecret(secretArn: string, config: ClientConfig): StoredKey {
  const client = new SecretsManagerClient(config);
  const command = new GetSecretValueCommand({ SecretId: secretArn });
  const read = async () => (await client.send(command)).SecretString;
  return () => unlessNothing(ResourceNotFoundException, read);
}
