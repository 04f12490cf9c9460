/** Where a deployed stack keeps the tokens of its HTTP API. */
import { setTimeout } from 'node:timers/promises';

import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

import { awsConfig, describeStack, type StackOptions } from '../client/stack-outputs.ts';
import { UserError } from '../client/user-error.ts';
import { unknownForMs } from '../functions/authorize/authorize.ts';

export interface TokenStore {
  /** The secret's ARN. */
  place: string;
  /** As stored; empty where nothing is. */
  read: () => Promise<string>;
  /** Ends when no function takes what was stored before for new. */
  write: (tokens: readonly string[]) => Promise<void>;
}

export async function openTokenStore(
  stackName: string,
  connection: StackOptions,
  sleep: (ms: number) => Promise<unknown> = setTimeout,
): Promise<TokenStore> {
  const { outputs } = await describeStack(stackName, connection);
  const SecretId = outputs['ApiTokenSecretArn'];
  if (SecretId === undefined)
    throw new UserError(
      'infrastructure',
      `FACE_POLLER_STACK: the HTTP API of the stack ${stackName} has no token; deploy with apiToken=true`,
    );
  const client = new SecretsManagerClient(awsConfig(connection));
  return {
    place: SecretId,
    read: async () => (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '',
    async write(tokens) {
      await client.send(new PutSecretValueCommand({ SecretId, SecretString: tokens.join('\n') }));
      // A function that was asked for a wrong token a moment before reads no sooner, and the gateway would keep its no.
      await sleep(unknownForMs);
    },
  };
}
