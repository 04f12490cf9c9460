/**
 * One request to checked addresses. Plain `node:https`, because it lets the connection be checked before anything is
 * written, follows no redirect, decodes nothing and keeps nothing open (see also functions/crun/client.ts).
 */
import http from 'node:http';
import https from 'node:https';

import { answerWith } from './checked-address.ts';
import { maxHeaderBytes, userAgent } from './headers.ts';

/** Before the next of a host's addresses is tried; Node's default of 250 ms is short for another continent. */
const addressAttemptMs = 1_000;

export interface GuardedRequest {
  url: URL;
  addresses: readonly string[];
  isUsable: (address: string) => boolean;
  /** Trusted instead of the usual authorities; PEM. */
  ca: string | undefined;
}

interface Sending {
  method: string;
  headers: http.OutgoingHttpHeaders;
  body?: Buffer;
  /** Connected to an address that is not usable; nothing was written. */
  onBlocked: () => void;
}

export function guardedRequest(
  { url, addresses, isUsable, ca }: GuardedRequest,
  { method, headers, body, onBlocked }: Sending,
): http.ClientRequest {
  const isPlain = url.protocol === 'http:';
  const transport = isPlain ? http : https;
  // A new agent for each request: no connection or TLS session of one task serves another.
  const agent = new transport.Agent({
    keepAlive: false,
    autoSelectFamilyAttemptTimeout: addressAttemptMs,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
  });
  const request = transport.request(url, {
    method,
    headers: { 'user-agent': userAgent, ...headers },
    agent,
    maxHeaderSize: maxHeaderBytes,
    lookup: answerWith(addresses),
  });
  request.on('socket', (socket) => {
    socket.once('connect', () => {
      if (isUsable(socket.remoteAddress ?? '')) return;
      request.destroy();
      onBlocked();
    });
    // Nothing is written before: neither a header nor a byte of the body.
    socket.once(isPlain ? 'connect' : 'secureConnect', () => {
      if (!request.destroyed) request.end(body);
    });
  });
  return request;
}
