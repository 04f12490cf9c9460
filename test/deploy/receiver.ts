/** A receiver of webhooks on this machine: verifies each request, and fails often. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { Webhook } from 'standardwebhooks';

/** What came under one `webhook-id`. */
export interface Received {
  bodies: Set<string>;
  times: number;
  /** How many of them were answered well. */
  taken: number;
}

/** Of ten answers five are failures and three good; of one connection in ten nothing comes, and one is reset. */
function fateOf(id: string, times: number): 'failed' | 'reset' | 'hung' | 'taken' {
  // Of id and count alone, so that the order in which they come changes nothing.
  const drawn = createHash('sha256').update(`seed 4 ${id} ${times}`).digest().readUInt32BE() % 10;
  if (drawn < 5) return 'failed';
  if (drawn === 5) return 'reset';
  return drawn === 6 ? 'hung' : 'taken';
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** `secret` as a receiver holds it, with its prefix. */
export async function startReceiver(secret: string) {
  const webhook = new Webhook(secret);
  const received = new Map<string, Received>();
  /** What could not be verified, and why. */
  const refused: unknown[] = [];
  let isWell = false;

  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const headers = request.headers as Record<string, string>;
      try {
        webhook.verify(body, headers);
      } catch (error) {
        refused.push(error);
      }
      const id = headers['webhook-id'] ?? '';
      const seen = received.get(id) ?? { bodies: new Set(), times: 0, taken: 0 };
      received.set(id, seen);
      seen.bodies.add(body);
      seen.times += 1;
      const fate = isWell ? 'taken' : fateOf(id, seen.times);
      if (fate === 'hung') return;
      if (fate === 'reset') {
        request.socket.resetAndDestroy();
        return;
      }
      if (fate === 'taken') seen.taken += 1;
      response.writeHead(fate === 'taken' ? 204 : 500).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/faces`,
    received,
    refused,
    /** From now on every answer is good. */
    recover(): void {
      isWell = true;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
