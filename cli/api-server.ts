/** The HTTP API on this machine: for programs that have its token, and for no web page. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { UserError } from '../client/user-error.ts';
import type { Api } from '../functions/api/api.ts';
import { maxBodyBytes } from '../functions/api/input.ts';
import { type Problem, problemAnswer } from '../functions/api/message.ts';

export interface ApiServer {
  url: string;
  /** Random for each run; without it nothing is answered. */
  token: string;
  close(): Promise<void>;
}

const host = '127.0.0.1';
/** How long a request, and a silent connection, may take; checked once a second. */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
};
const maxConnections = 256;
/** A body that is too long is read up to here, so that its sender receives the answer. */
const maxDrainedBytes = 1_048_576;

export async function startApiServer(deps: { answer: Api; port: number }): Promise<ApiServer> {
  const { answer, port } = deps;
  const token = randomBytes(32).toString('base64url');
  const isToken = equals(`Bearer ${token}`);
  let ownNames = new Set<string | undefined>();

  /** A web page that makes the browser send requests here is detected by one of these, whatever name it uses. */
  function rejectionOf({ headers }: http.IncomingMessage): Problem | undefined {
    if (!ownNames.has(headers.host)) {
      return { status: 421, detail: `Host: must be ${[...ownNames].join(' or ')}`, field: 'Host' };
    }
    if (headers.origin !== undefined) {
      return { status: 403, detail: 'Origin: must be absent; web pages are not served', field: 'Origin' };
    }
    if (isToken(headers.authorization ?? '')) return undefined;
    const challenge = { 'www-authenticate': 'Bearer' };
    return { status: 401, detail: 'Authorization: must be the token of this run', headers: challenge };
  }

  async function respond(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (body === undefined) return void request.socket.destroy();
    const rejection = rejectionOf(request);
    const { method = '', url = '', headers } = request;
    const [path = '', ...query] = url.split('?');
    const answered = rejection
      ? problemAnswer(rejection)
      : await answer({ method, path, query: query.join('?'), headers, body });
    const length = answered.status === 204 ? {} : { 'content-length': Buffer.byteLength(answered.body) };
    response.writeHead(answered.status, { ...answered.headers, ...length }).end(answered.body);
  }

  const server = http.createServer(limits, (request, response) => {
    // A sender that went away wants no answer.
    respond(request, response).catch(() => response.destroy());
  });
  server.maxConnections = maxConnections;
  await listen(server, port);
  const address = `${host}:${(server.address() as AddressInfo).port}`;
  ownNames = new Set([address, address.replace(host, 'localhost')]);
  return {
    url: `http://${address}`,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes the same time whether a part of the token is right or none. */
function equals(expected: string): (given: string) => boolean {
  const own = digest(expected);
  return (given) => timingSafeEqual(digest(given), own);
}

/** At least one byte more than a request may have, where it is longer; nothing where it is far longer. */
async function bodyOf(request: http.IncomingMessage): Promise<Buffer | undefined> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (bytes <= maxBodyBytes) kept.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > maxDrainedBytes) return undefined;
  }
  return Buffer.concat(kept);
}

function listen(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new UserError('invalid-input', `--port: cannot listen on ${host}:${port} (${code})`)),
    );
    server.listen(port, host, resolve);
  });
}
