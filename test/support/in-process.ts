/**
 * A database server without a socket: what the SDK sends goes into its request handler as it is, in this process and
 * in memory. Nothing of the machine comes in between, so that a run can be repeated exactly; and it is faster.
 */
import { EventEmitter } from 'node:events';

import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
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

interface Received {
  statusCode: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** As much of a server's response as dynalite writes. */
class Response {
  statusCode = 200;
  readonly headers: Record<string, string> = {};
  readonly #done: (received: Received) => void;

  constructor(done: (received: Received) => void) {
    this.#done = done;
  }

  setHeader(name: string, value: unknown): void {
    this.headers[name.toLowerCase()] = String(value);
  }

  end(body = ''): void {
    const { statusCode, headers } = this;
    this.#done({ statusCode, headers, body: Buffer.from(body) });
  }
}

/** The SDK's own kind of bytes warns of being taken for text. */
const bytesOf = (body: string | Uint8Array): Buffer =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);

export interface InProcessOptions {
  /** Past the SDK's own layers, retries included: several times as fast, for runs of many thousand calls. */
  isDirect?: boolean;
}

export function openInProcess({ isDirect = false }: InProcessOptions = {}): {
  client: DynamoDBClient;
  close: () => Promise<void>;
} {
  const server = dynalite({ createTableMs: 0 });
  const handle = ({ method, path, headers, body }: Sent): Promise<Received> =>
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
      handle: async (request: unknown) => ({ response: await handle(request as Sent) }) as never,
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    },
  });
  // Headers that nobody reads.
  for (const name of ['getUserAgentMiddleware', 'recursionDetectionMiddleware', 'hostHeaderMiddleware'])
    client.middlewareStack.remove(name);
  if (isDirect) {
    // The input of a command is the body of its request, and the body of its response the output.
    client.middlewareStack.add(
      (_, context) =>
        async ({ input }) => {
          const operation = String(context['commandName']).replace(/Command$/, '');
          const headers = {
            ...signature,
            'content-type': 'application/x-amz-json-1.0',
            'x-amz-target': `DynamoDB_20120810.${operation}`,
          };
          const received = await handle({ method: 'POST', path: '/', headers, body: JSON.stringify(input) });
          const output = JSON.parse(received.body.toString()) as { __type?: string; message?: string };
          if (received.statusCode !== 200) throw errorOf(output);
          return { output: output as never, response: received };
        },
      { step: 'initialize', priority: 'low', name: 'handOff' },
    );
  }
  return {
    client,
    async close() {
      client.destroy();
    },
  };
}

function errorOf({ __type = '', message = '' }: { __type?: string; message?: string }): Error {
  const name = __type.split('#').at(-1) ?? '';
  return name === 'ConditionalCheckFailedException'
    ? new ConditionalCheckFailedException({ message, $metadata: {} })
    : Object.assign(new Error(message), { name });
}
