/**
 * One POST to checked addresses. Plain `node:https`, because it lets the connection be checked before anything is
 * written, follows no redirect, decodes nothing and keeps nothing open (see also functions/crun/client.ts).
 */
import http from 'node:http';
import https from 'node:https';

import { answerWith } from '../../http/checked-address.ts';
import { maxHeaderBytes, userAgent } from '../../http/headers.ts';
import { retryAfterMs } from '../../http/retry-after.ts';
import { type TransportFault, transportFault } from '../../http/transport-fault.ts';
import type { WebhookHeaders } from './sign.ts';

/** Only status and Retry-After matter. This much of the body is read, so that the receiver can end it in order. */
const maxBodyBytes = 1_024;
/** Before the next of a host's addresses is tried; Node's default of 250 ms is short for another continent. */
const addressAttemptMs = 1_000;

/** The receiver's response, or why there is none. */
export type Sent =
  | { status: number; retryAfterMs?: number }
  | { fault: 'blocked-url' | 'blocked-address' | TransportFault };

interface Post {
  url: URL;
  addresses: readonly string[];
  isUsable: (address: string) => boolean;
  headers: WebhookHeaders;
  body: string;
  ca: string | undefined;
  now: () => number;
}

export function post({ url, addresses, isUsable, headers, body, ca, now }: Post): {
  sent: Promise<Sent>;
  destroy: () => void;
} {
  const bytes = Buffer.from(body);
  const isPlain = url.protocol === 'http:';
  const transport = isPlain ? http : https;
  // A new agent for each attempt: no connection or TLS session of one task serves another.
  const agent = new transport.Agent({
    keepAlive: false,
    autoSelectFamilyAttemptTimeout: addressAttemptMs,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
  });
  const request = transport.request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': bytes.length,
      'user-agent': userAgent,
      ...headers,
    },
    agent,
    maxHeaderSize: maxHeaderBytes,
    lookup: answerWith(addresses),
  });
  const { promise, resolve } = Promise.withResolvers<Sent>();
  const fail = (error: Error): void => resolve({ fault: transportFault(error) });

  request.on('socket', (socket) => {
    socket.once('connect', () => {
      if (isUsable(socket.remoteAddress ?? '')) return;
      request.destroy();
      resolve({ fault: 'blocked-address' });
    });
    // Nothing is written before: neither a header nor a byte of the body.
    socket.once(isPlain ? 'connect' : 'secureConnect', () => {
      if (!request.destroyed) request.end(bytes);
    });
  });
  request.on('error', fail);
  // Without a listener an unrequested upgrade would end the attempt only at its deadline.
  request.on('upgrade', (response, socket) => {
    socket.destroy();
    resolve(sentOf(response, now()));
  });
  request.on('response', (response) => {
    let bytesRead = 0;
    const answered = (): void => resolve(sentOf(response, now()));
    response.on('data', (chunk: Buffer) => {
      bytesRead += chunk.length;
      if (bytesRead >= maxBodyBytes) answered();
    });
    response.on('end', answered);
    // A receiver that dies in the middle of its response may not have kept the push.
    response.on('error', fail);
  });
  return { sent: promise, destroy: () => request.destroy() };
}

function sentOf(response: http.IncomingMessage, nowMs: number): Sent {
  const hintMs = retryAfterMs(response.headers['retry-after'], nowMs);
  return { status: response.statusCode ?? 0, ...(hintMs !== undefined && { retryAfterMs: hintMs }) };
}
