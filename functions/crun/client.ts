/**
 * One call to the provider's result endpoint. Whatever the provider or the network does is a value: nothing here
 * throws for it. Plain `node:http(s)`, because it follows no redirect (which would carry the key along) and decodes
 * no content encoding (a 200 KB body can hold 200 MB) unless asked to.
 */
import type http from 'node:http';
import https from 'node:https';

import { type TransportFault, transportFault } from '../http/transport-fault.ts';

/** Thousands of faces with long signed links fit; what is larger is not read to its end. */
export const maxBodyBytes = 8 * 1024 * 1024;

/** Shorter than Node's and most balancers' keep-alive, so that a thawed sandbox does not write into a dead socket. */
const idleSocketMs = 4_000;

type BodyFault = 'cut' | 'timeout' | 'encoded' | 'too-large' | 'not-utf8';

/** What came back over the wire. `retryAfter` is the header as received. */
export type Exchange =
  | { kind: 'answered'; httpStatus: number; retryAfter?: string | undefined; body: string }
  | { kind: 'unreadable'; httpStatus: number; retryAfter?: string | undefined; fault: BodyFault }
  | { kind: 'no-answer'; fault: TransportFault };

export interface CrunClient {
  /** `timeoutMs` bounds the whole call, dripping bodies included. */
  getResult(detectTaskId: string, apiKey: string, timeoutMs: number): Promise<Exchange>;
  close(): void;
}

export function createCrunClient(options: { baseUrl: string }): CrunClient {
  const endpoint = new URL('api/v1/client/job/detect-face-result', options.baseUrl.replace(/\/*$/, '/'));
  // An import of `node:http` reads all that it exports, and one of its getters loads the whole of undici.
  const transport = endpoint.protocol === 'http:' ? process.getBuiltinModule('node:http') : https;
  const agent = new transport.Agent({ keepAlive: true, timeout: idleSocketMs, maxFreeSockets: 64 });

  return {
    getResult(detectTaskId, apiKey, timeoutMs) {
      const url = new URL(endpoint);
      url.searchParams.set('detect_task_id', detectTaskId);
      const headers = { 'x-api-key': apiKey, accept: 'application/json', 'accept-encoding': 'identity' };
      return exchange(transport, url, { agent, headers }, timeoutMs);
    },
    close: () => agent.destroy(),
  };
}

function exchange(
  transport: typeof http | typeof https,
  url: URL,
  options: { agent: http.Agent; headers: http.OutgoingHttpHeaders },
  timeoutMs: number,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let response: http.IncomingMessage | undefined;
    const request = transport.request(url, options);
    const settle = (result: Exchange): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const giveUp = (fault: BodyFault & TransportFault): void => {
      settle(response === undefined ? { kind: 'no-answer', fault } : unreadable(response, fault));
      request.destroy();
    };
    // One timer over the whole call: an idle time-out would never end a body that drips.
    const timer = setTimeout(() => giveUp('timeout'), timeoutMs);

    request.on('error', (error) => {
      // A connection that breaks inside the body has still said its HTTP status, which may be the worse news.
      if (response !== undefined) settle(unreadable(response, 'cut'));
      else settle({ kind: 'no-answer', fault: transportFault(error) });
    });
    request.on('response', (message) => {
      response = message;
      void readBody(message).then((read) => {
        if (read.kind === 'unreadable' || !message.complete) request.destroy();
        settle(read);
      });
    });
    request.end();
  });
}

async function readBody(response: http.IncomingMessage): Promise<Exchange> {
  // Never decoded: what is asked for is `identity`, and a small encoded body can be a huge one.
  const encoding = response.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return unreadable(response, 'encoded');
  if (Number(response.headers['content-length']) > maxBodyBytes) return unreadable(response, 'too-large');
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) return unreadable(response, 'too-large');
      chunks.push(chunk);
    }
  } catch {
    return unreadable(response, 'cut');
  }
  if (!response.complete) return unreadable(response, 'cut');
  try {
    // A byte order mark is kept, so that it stays the invalid JSON that it is.
    const body = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
    return { kind: 'answered', ...head(response), body };
  } catch {
    return unreadable(response, 'not-utf8');
  }
}

const head = (response: http.IncomingMessage): { httpStatus: number; retryAfter?: string | undefined } => ({
  httpStatus: response.statusCode ?? 0,
  retryAfter: response.headers['retry-after'],
});

const unreadable = (response: http.IncomingMessage, fault: BodyFault): Exchange => ({
  kind: 'unreadable',
  ...head(response),
  fault,
});
