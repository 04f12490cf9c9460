/**
 * Requests of the SDK to dynalite without a socket: they go into the server's own handler, in this process. Over HTTP,
 * with signatures and log filters, a task costs twice the CPU.
 */
import { EventEmitter } from 'node:events';

import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
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
export const constantSignature = {
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
