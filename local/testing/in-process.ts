/**
 * A database server without a socket: what the SDK sends goes into its request handler as it is, in this process and
 * in memory. Nothing of the machine comes in between, so that a run can be repeated exactly; and it is faster.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';

import {
  callDirectly,
  embeddedConfig,
  handleInProcess,
  type Request,
  withoutUnreadHeaders,
} from '../in-process.ts';

/** As often as the SDK by default, without its pauses. */
const retryAtOnce: NonNullable<DynamoDBClientConfig['retryStrategy']> = {
  acquireInitialRetryToken: async () => retryToken(0),
  refreshRetryTokenForRetry: async (token, { errorType }) => {
    if (token.getRetryCount() >= 2 || (errorType !== 'TRANSIENT' && errorType !== 'THROTTLING')) {
      throw new Error('not to be retried');
    }
    return retryToken(token.getRetryCount() + 1);
  },
  recordSuccess: () => {},
};
const retryToken = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 });

const clientConfig = {
  ...embeddedConfig,
  endpoint: 'http://table.test',
  retryStrategy: retryAtOnce,
} satisfies DynamoDBClientConfig;

export interface InProcessOptions {
  /** Past the SDK's own layers, retries included: several times as fast, for runs of many thousand calls. */
  isDirect?: boolean;
}

export function openInProcess({ isDirect = false }: InProcessOptions = {}): {
  client: DynamoDBClient;
  close: () => Promise<void>;
} {
  const server = dynalite({ createTableMs: 0 });
  const handle = (request: Request) => handleInProcess(server, request);
  const client = new DynamoDBClient({
    ...clientConfig,
    requestHandler: {
      metadata: { handlerProtocol: 'http/1.1' },
      handle: async (request: unknown) => ({ response: await handle(request as Request) }) as never,
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    },
  });
  withoutUnreadHeaders(client);
  if (isDirect) callDirectly(client, () => handle);
  return {
    client,
    async close() {
      client.destroy();
    },
  };
}
