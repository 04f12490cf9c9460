/**
 * Calls to dynalite without a socket: they go into the server's own handler, in this process. Over HTTP, through the
 * SDK's layers and with signatures a task costs twice the CPU.
 */
import { EventEmitter } from 'node:events';

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  type DynamoDBClientConfig,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import type dynalite from 'dynalite';

export interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** dynalite checks the form of a signature, not its keys. */
const constantSignature = {
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none',
  'x-amz-date': '20261122T120000Z',
};

/** What no call to an embedded database needs: a computed signature, and a search of all it sends for what to log. */
export const embeddedConfig = {
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  signer: async () => ({
    async sign(request) {
      Object.assign(request.headers, constantSignature);
      return request;
    },
  }),
  // Without its methods the SDK's log filters do not run.
  logger: {} as never,
} satisfies DynamoDBClientConfig;

/** dynalite reads none of these. */
export function withoutUnreadHeaders(client: DynamoDBClient): void {
  for (const name of ['getUserAgentMiddleware', 'recursionDetectionMiddleware', 'hostHeaderMiddleware'])
    client.middlewareStack.remove(name);
}

/** The part of a server's response that dynalite uses. */
class Response {
  statusCode = 200;
  readonly headers: Record<string, string> = {};
  readonly #done: (answer: Answer) => void;

  constructor(done: (answer: Answer) => void) {
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

/** The SDK's own kind of bytes warns when it is taken for text. */
const bytesOf = (body: string | Uint8Array): Buffer =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);

export const handleInProcess = (
  server: dynalite.Server,
  { method, path, headers, body = '' }: Request,
): Promise<Answer> =>
  new Promise((done) => {
    const request = Object.assign(new EventEmitter(), { method, url: path, headers });
    server.emit('request', request, new Response(done));
    request.emit('data', bytesOf(body));
    request.emit('end');
  });

/**
 * Commands go past the SDK's own layers, retries included, while `server` gives one to call: the input of a command is
 * the body of its request, and the body of its response the output.
 */
export function callDirectly(
  client: DynamoDBClient,
  server: () => ((request: Request) => Promise<Answer>) | undefined,
): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const call = server();
      if (call === undefined) return next(args);
      const operation = String(context['commandName']).replace(/Command$/, '');
      const headers = {
        ...constantSignature,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
      };
      const received = await call({ method: 'POST', path: '/', headers, body: JSON.stringify(args.input) });
      const output = JSON.parse(received.body.toString()) as { __type?: string; message?: string };
      if (received.statusCode !== 200) throw errorOf(output);
      return { output: output as never, response: received };
    },
    { step: 'initialize', priority: 'low', name: 'callDirectly' },
  );
}

/** Those that are told apart by their class. */
const errors = { ConditionalCheckFailedException, ResourceInUseException };

function errorOf({ __type = '', message = '' }: { __type?: string; message?: string }): Error {
  const name = __type.split('#').at(-1) ?? '';
  return name in errors
    ? new errors[name as keyof typeof errors]({ message, $metadata: {} })
    : Object.assign(new Error(message), { name });
}
