/** Servers of one test each, for what the simulator does not do: single bytes, other origins, TLS. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

import { createCrunClient, type Exchange } from '../../functions/crun/client.ts';
import type { Certificate } from './certificate.ts';

export const apiKey = 'key of the tests';

export interface Listening extends AsyncDisposable {
  port: number;
  baseUrl: string;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Those of them that are not closed yet. */
  readonly open: number;
}

export async function listening(server: net.Server, scheme: 'http' | 'https' = 'http'): Promise<Listening> {
  const sockets = new Set<net.Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    // The other side may leave as it likes.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port.');
  return {
    port: address.port,
    baseUrl: `${scheme}://127.0.0.1:${address.port}`,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Speaks once it has received something. */
export const rawServer = (speak: (socket: net.Socket) => void): Promise<Listening> =>
  listening(net.createServer((socket) => socket.once('data', () => speak(socket))));

export const httpServer = (answer: http.RequestListener): Promise<Listening> =>
  listening(http.createServer(answer));

export const httpsServer = (
  { key, cert }: Pick<Certificate, 'key' | 'cert'>,
  answer: http.RequestListener,
): Promise<Listening> => {
  const server = https.createServer({ key, cert }, answer);
  // A client that trusts nothing here leaves during the handshake.
  server.on('tlsClientError', () => {});
  return listening(server, 'https');
};

/** A port of this machine without a listener. */
export async function unusedPort(): Promise<number> {
  await using server = await listening(net.createServer());
  return server.port;
}

export async function ask(
  baseUrl: string,
  { detectTaskId = 'task', key = apiKey, timeoutMs = 2_000 } = {},
): Promise<Exchange> {
  const client = createCrunClient({ baseUrl });
  try {
    return await client.getResult(detectTaskId, key, timeoutMs);
  } finally {
    client.close();
  }
}

/** Milliseconds that the work took, by a monotonic clock. */
export async function timed<T>(work: Promise<T>): Promise<{ value: T; tookMs: number }> {
  const startedMs = performance.now();
  const value = await work;
  return { value, tookMs: performance.now() - startedMs };
}
