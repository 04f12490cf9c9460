/** Where a deployed stack keeps the provider's API key, to write it there. */
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

import { awsConfig, describeStack, keyLocationIn, type StackOptions } from '../client/stack-outputs.ts';

export interface KeyStore {
  /** The secret's ARN, or the parameter's name. */
  place: string;
  store: (key: string) => Promise<void>;
}

export async function openKeyStore(stackName: string, connection: StackOptions): Promise<KeyStore> {
  const stack = await describeStack(stackName, connection);
  const location = keyLocationIn(stack, stackName);
  if ('secretArn' in location) {
    const { secretArn } = location;
    return {
      place: secretArn,
      async store(key) {
        const client = new SecretsManagerClient(awsConfig(connection));
        await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: key }));
      },
    };
  }
  const { parameterName } = location;
  // Left out, it would be the account's own key, also where the parameter had another one before.
  const KeyId = stack.outputs['ApiKeyEncryptionKeyArn'];
  return {
    place: parameterName,
    async store(key) {
      const client = new SSMClient(awsConfig(connection));
      const parameter = { Name: parameterName, Value: key, Type: 'SecureString', Overwrite: true } as const;
      await client.send(new PutParameterCommand({ ...parameter, ...(KeyId !== undefined && { KeyId }) }));
    },
  };
}
