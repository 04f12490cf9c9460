/**
 * A database server without a socket: what the SDK sends goes into its request handler as it is, in this process and
 * in memory. Nothing of the machine comes in between, so that a run can be repeated exactly; and it is faster.
 */
import { EventEmitter } from 'node:events';

import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';

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
  endpoint: 'http://table.test',
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  retryStrategy: retryAtOnce,
} satisfies DynamoDBClientConfig;

/** The form of a signature is looked at, its keys are not. */
const signature = {
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none',
  'x-amz-date': '20261122T120000Z',
};

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** As much of a server's response as dynalite writes. */
class Response {
  statusCode = 200;
  readonly headers: Record<string, string> = {};
  readonly #done: (response: { response: unknown }) => void;

  constructor(done: (response: { response: unknown }) => void) {
    this.#done = done;
  }

  setHeader(name: string, value: unknown): void {
    this.headers[name.toLowerCase()] = String(value);
  }

  end(body = ''): void {
    const { statusCode, headers } = this;
    this.#done({ response: { statusCode, headers, body: Buffer.from(body) } });
  }
}

/** The SDK's own kind of bytes warns of being taken for text. */
const bytesOf = (body: string | Uint8Array): Buffer =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);

export function openInProcess(): { client: DynamoDBClient; close: () => Promise<void> } {
  const server = dynalite({ createTableMs: 0 });
  const handle = ({ method, path, headers, body }: Sent) =>
    new Promise((done) => {
      const request = Object.assign(new EventEmitter(), { method, url: path, headers });
      server.emit('request', request, new Response(done));
      request.emit('data', bytesOf(body));
      request.emit('end');
    });
  const client = new DynamoDBClient({
    ...clientConfig,
    signer: async () => ({
      sign: async (request) => {
        Object.assign(request.headers, signature);
        return request;
      },
    }),
    // Else every request and answer is gone through for what a log must not show.
    logger: {} as never,
    requestHandler: {
      metadata: { handlerProtocol: 'http/1.1' },
      handle: handle as never,
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    },
  });
  // Headers that nobody reads.
  for (const name of ['getUserAgentMiddleware', 'recursionDetectionMiddleware', 'hostHeaderMiddleware'])
    client.middlewareStack.remove(name);
  return {
    client,
    async close() {
      client.destroy();
    },
  };
}
