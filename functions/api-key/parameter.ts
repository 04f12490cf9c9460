/** The provider's API key in SSM's Parameter Store. Each store has its own module, so that a function loads one client. */
import { GetParameterCommand, ParameterNotFound, SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm';

import { type StoredKey, unlessNothing } from './reader.ts';

type ClientConfig = Pick<SSMClientConfig, 'region' | 'profile' | 'requestHandler'>;

/** A parameter of type SecureString. */
export function storedParameter(parameterName: string, config: ClientConfig): StoredKey {
  const client = new SSMClient(config);
  const command = new GetParameterCommand({ Name: parameterName, WithDecryption: true });
  const read = async () => (await client.send(command)).Parameter?.Value;
  return () => unlessNothing(ParameterNotFound, read);
}
