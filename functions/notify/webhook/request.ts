/** One POST to checked addresses. */
import type http from 'node:http';

import { type GuardedRequest, guardedRequest } from '../../http/guarded-request.ts';
import { retryAfterMs } from '../../http/retry-after.ts';
import { type TransportFault, transportFault } from '../../http/transport-fault.ts';
import type { WebhookHeaders } from './sign.ts';

/** Only status and Retry-After matter. This much of the body is read, so that the receiver can end it in order. */
const maxBodyBytes = 1_024;

/** The receiver's response, or why there is none. */
export type Sent =
  | { status: number; retryAfterMs?: number }
  | { fault: 'blocked-url' | 'blocked-address' | TransportFault };

interface Post extends GuardedRequest {
  headers: WebhookHeaders;
  body: string;
  now: () => number;
}

export function post({ headers, body, now, ...guarded }: Post): {
  sent: Promise<Sent>;
  destroy: () => void;
} {
  const bytes = Buffer.from(body);
  const { promise, resolve } = Promise.withResolvers<Sent>();
  const fail = (error: Error): void => resolve({ fault: transportFault(error) });
  const request = guardedRequest(guarded, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': bytes.length, ...headers },
    body: bytes,
    onBlocked: () => resolve({ fault: 'blocked-address' }),
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
