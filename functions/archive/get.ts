/**
 * One GET to checked addresses, without our key. Plain `node:https`, because it lets the connection be checked before
 * anything is written, follows no redirect and decodes nothing (see also functions/notify/webhook/request.ts).
 */
import http from 'node:http';
import https from 'node:https';

import { answerWith } from '../http/checked-address.ts';
import { isEncoded } from '../http/content-encoding.ts';
import { maxHeaderBytes, userAgent } from '../http/headers.ts';
import { type TransportFault, transportFault } from '../http/transport-fault.ts';

/** A larger picture of one face is not what was asked for, and is not read to its end. */
export const maxPictureBytes = 5 * 1_024 * 1_024;

/** Why a link gave no picture. None of them holds a word of the link or of its server. */
export type LinkFault =
  | 'blocked-url'
  | 'blocked-address'
  | 'redirected'
  | 'too-large'
  | 'encoded'
  | 'cut'
  | 'not-a-picture'
  | `http-${number}`
  | TransportFault;

export type Got = { bytes: Buffer } | { fault: LinkFault };

interface Get {
  url: URL;
  addresses: readonly string[];
  isUsable: (address: string) => boolean;
  ca: string | undefined;
}

export function get({ url, addresses, isUsable, ca }: Get): { got: Promise<Got>; destroy: () => void } {
  const isPlain = url.protocol === 'http:';
  const transport = isPlain ? http : https;
  // A new agent for each link: no connection of one task serves another.
  const agent = new transport.Agent({
    keepAlive: false,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
  });
  const request = transport.request(url, {
    method: 'GET',
    headers: { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': userAgent },
    agent,
    maxHeaderSize: maxHeaderBytes,
    lookup: answerWith(addresses),
  });
  const { promise, resolve } = Promise.withResolvers<Got>();
  request.on('socket', (socket) => {
    socket.once('connect', () => {
      if (isUsable(socket.remoteAddress ?? '')) return;
      request.destroy();
      resolve({ fault: 'blocked-address' });
    });
    // Nothing is written before: neither the path nor a header.
    socket.once(isPlain ? 'connect' : 'secureConnect', () => {
      if (!request.destroyed) request.end();
    });
  });
  request.on('error', (error) => resolve({ fault: transportFault(error) }));
  // Without a listener an unrequested upgrade would end the attempt only at its deadline.
  request.on('upgrade', (_response, socket) => {
    socket.destroy();
    resolve({ fault: 'http-101' });
  });
  request.on('response', (response) => void bodyOf(response).then(resolve));
  return { got: promise, destroy: () => request.destroy() };
}

async function bodyOf(response: http.IncomingMessage): Promise<Got> {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300 && statusCode < 400) return { fault: 'redirected' };
  if (statusCode !== 200) return { fault: `http-${statusCode}` };
  if (isEncoded(headers['content-encoding'])) return { fault: 'encoded' };
  if (Number(headers['content-length']) > maxPictureBytes) return { fault: 'too-large' };
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxPictureBytes) return { fault: 'too-large' };
      chunks.push(chunk);
    }
  } catch {
    return { fault: 'cut' };
  }
  return response.complete ? { bytes: Buffer.concat(chunks) } : { fault: 'cut' };
}
