/**
 * Calls to the provider. Every outcome of the network is returned as a value and none is thrown. Plain `node:http(s)`,
 * because it follows no redirect (which would carry the key along) and decodes no content encoding (a body of 200 KB
 * can hold 200 MB).
 */
import type http from 'node:http';
import https from 'node:https';

import { isLoopbackHttp } from '../detection/callback-rule.ts';
import { isEncoded } from '../http/content-encoding.ts';
import { maxHeaderBytes, userAgent } from '../http/headers.ts';
import { type TransportFault, transportFault } from '../http/transport-fault.ts';
import { type Endpoint, endpoints, endpointUrl } from './endpoints.ts';

/** Thousands of faces with long signed links fit. A larger body is not read to its end. */
export const maxBodyBytes = 8 * 1024 * 1024;

/** Shorter than Node's and most balancers' keep-alive, so that a thawed sandbox does not write into a dead socket. */
const idleSocketMs = 4_000;

type BodyFault = 'cut' | 'timeout' | 'encoded' | 'too-large' | 'not-utf8';

interface Head {
  httpStatus: number;
  /** The header as received. */
  retryAfter?: string | undefined;
  /** The header by which a firewall marks an answer as its own. */
  firewall?: string | undefined;
}

/** By Cloudflare, whose challenges come with HTTP 403, and by AWS WAF, whose come with 202 or 405. */
const firewallHeaders = ['cf-mitigated', 'x-amzn-waf-action'];

/** What came back. */
export type Exchange =
  | (Head & { kind: 'answered'; body: string })
  | (Head & { kind: 'unreadable'; fault: BodyFault })
  | { kind: 'no-answer'; fault: TransportFault };

interface Call {
  query?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
  apiKey: string;
  /** Bounds the whole call, dripping bodies included. */
  timeoutMs: number;
  /**
   * Called when the connection stands, before anything is sent. The call has a connection of its own then: one that is
   * kept alive may break under the request, and nothing would tell whether that arrived.
   */
  onConnect?: () => void;
}

export interface CrunClient {
  /** Whether the provider is a server of this machine, spoken to without TLS. */
  isLoopback: boolean;
  call(endpoint: Endpoint, call: Call): Promise<Exchange>;
  getResult(detectTaskId: string, apiKey: string, timeoutMs: number): Promise<Exchange>;
  close(): void;
}

export function createCrunClient({ baseUrl }: { baseUrl: string }): CrunClient {
  // An import of `node:http` evaluates all of its exports, and one of those getters loads the whole of undici.
  const transport = new URL(baseUrl).protocol === 'http:' ? process.getBuiltinModule('node:http') : https;
  const agent = new transport.Agent({
    keepAlive: true,
    timeout: idleSocketMs,
    maxFreeSockets: 64,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off: the key travels here.
    rejectUnauthorized: true,
  });

  const call: CrunClient['call'] = (endpoint, { query, body, apiKey, timeoutMs, onConnect }) => {
    const url = endpointUrl(baseUrl, endpoint);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      'x-api-key': apiKey,
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': userAgent,
      ...(bytes !== undefined && { 'content-type': 'application/json', 'content-length': bytes.length }),
    };
    const options = { agent, method: endpoint.method, headers, maxHeaderSize: maxHeaderBytes };
    if (onConnect === undefined) return exchange(transport.request(url, options), bytes, timeoutMs);
    const request = transport.request(url, { ...options, agent: false, rejectUnauthorized: true });
    request.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', onConnect);
    });
    return exchange(request, bytes, timeoutMs);
  };
  return {
    isLoopback: isLoopbackHttp(new URL(baseUrl)),
    call,
    getResult: (detectTaskId, apiKey, timeoutMs) =>
      call(endpoints.detectResult, { query: { detect_task_id: detectTaskId }, apiKey, timeoutMs }),
    close: () => agent.destroy(),
  };
}

function exchange(
  request: http.ClientRequest,
  body: Buffer | undefined,
  timeoutMs: number,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let response: http.IncomingMessage | undefined;
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
      // A connection that breaks inside the body has already given its HTTP status, which may be the worse news.
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
    request.end(body);
  });
}

async function readBody(response: http.IncomingMessage): Promise<Exchange> {
  // Never decoded: the request asks for `identity`, and a small encoded body can be a huge one.
  if (isEncoded(response.headers['content-encoding'])) return unreadable(response, 'encoded');
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
    // A byte order mark is dropped, as RFC 8259, section 8.1 allows.
    const body = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    return { kind: 'answered', ...headOf(response), body };
  } catch {
    return unreadable(response, 'not-utf8');
  }
}

const headOf = ({ statusCode = 0, headers }: http.IncomingMessage): Head => ({
  httpStatus: statusCode,
  retryAfter: headers['retry-after'],
  firewall: firewallHeaders.find((name) => name in headers),
});

const unreadable = (response: http.IncomingMessage, fault: BodyFault): Exchange => ({
  kind: 'unreadable',
  ...headOf(response),
  fault,
});
