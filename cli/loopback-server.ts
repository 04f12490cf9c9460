/** A server on this machine alone, for what checks its requests itself. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { UserError } from '../client/user-error.ts';
import { maxBodyBytes } from '../functions/api/input.ts';
import type { Problem } from '../functions/api/message.ts';

export interface LoopbackServer {
  url: string;
  close(): Promise<void>;
}

/** An answer of the API, or bytes. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** Instead of the body: a picture. */
  bytes?: Uint8Array | undefined;
}

const host = '127.0.0.1';
/** How long a silent connection, and the head of a request, may take; checked once a second. */
const limits = {
  headersTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
};
const maxConnections = 256;
/** Of a body that is too long so much more is read, so that its sender receives the answer. */
const maxDrainedBytes = 1_048_576;

/** `names`: the hosts that a request may name. A page that rebinds its own name to this machine names another. */
export type Respond = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  names: ReadonlySet<string | undefined>,
) => Promise<void>;

export interface LoopbackTimes {
  /** A whole request, from its first byte to its last. */
  requestMs?: number;
  /** Without a byte for so long its sender is gone. */
  silentMs?: number;
}

export async function startLoopbackServer(
  port: number,
  respond: Respond,
  { requestMs: requestTimeout = 10_000, silentMs = 10_000 }: LoopbackTimes = {},
): Promise<LoopbackServer> {
  let names: ReadonlySet<string | undefined> = new Set();
  const server = http.createServer({ ...limits, requestTimeout }, (request, response) => {
    endSilent(request, response, silentMs);
    // A sender that went away wants no answer.
    respond(request, response, names).catch(() => response.destroy());
  });
  server.maxConnections = maxConnections;
  await listen(server, port);
  const address = `${host}:${(server.address() as AddressInfo).port}`;
  names = namesOf(address);
  return {
    url: `http://${address}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Only while a body is sent: answers and event streams may take longer. */
function endSilent(request: http.IncomingMessage, response: http.ServerResponse, silentMs: number): void {
  const { socket, headers } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
  socket.setTimeout(silentMs);
  request.once('end', () => {
    // Once it is answered the connection is kept as long as any other.
    if (!response.writableFinished) socket.setTimeout(0);
  });
}

/** A target may name the host itself, which then counts: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2 */
const absoluteForm = /^http:\/\/([^/?#]*)/i;

export function hostProblem(
  { url = '', headers, headersDistinct }: http.IncomingMessage,
  names: ReadonlySet<string | undefined>,
): Problem | undefined {
  if ((headersDistinct['host'] ?? []).length > 1)
    return { status: 400, detail: 'Host: must be given once', field: 'Host' };
  if (names.has((absoluteForm.exec(url)?.[1] ?? headers.host)?.toLowerCase())) return undefined;
  return { status: 421, detail: `Host: must be ${[...names].join(' or ')}`, field: 'Host' };
}

export function send(
  response: http.ServerResponse,
  { status, headers, body, bytes = Buffer.from(body) }: Reply,
): void {
  const length = status === 204 ? {} : { 'content-length': bytes.byteLength };
  response.writeHead(status, { ...headers, ...length }).end(bytes);
}

/** The path as received, and the query. */
export function targetOf({ url = '' }: http.IncomingMessage): { path: string; query: string } {
  const [path = '', ...query] = url.replace(absoluteForm, '').split('?');
  return { path: path || '/', query: query.join('?') };
}

/** At least one byte more than a request may have, where it is longer; nothing where it is far longer. */
export async function readBody(
  request: http.IncomingMessage,
  maxBytes: number = maxBodyBytes,
): Promise<Buffer | undefined> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (bytes <= maxBytes) kept.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > maxBytes + maxDrainedBytes) return undefined;
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

/** What a request may name. Clients leave the default port out. */
export function namesOf(address: string): ReadonlySet<string> {
  const own = [address, address.replace(host, 'localhost')];
  return new Set([...own, ...own.flatMap((name) => (name.endsWith(':80') ? [name.slice(0, -3)] : []))]);
}
