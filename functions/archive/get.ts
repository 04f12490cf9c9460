/** One GET to checked addresses, without our key. */
import type http from 'node:http';

import { isEncoded } from '../http/content-encoding.ts';
import { type GuardedRequest, guardedRequest } from '../http/guarded-request.ts';
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

export function get(guarded: GuardedRequest): { got: Promise<Got>; destroy: () => void } {
  const { promise, resolve } = Promise.withResolvers<Got>();
  const request = guardedRequest(guarded, {
    method: 'GET',
    headers: { accept: 'image/*', 'accept-encoding': 'identity' },
    onBlocked: () => resolve({ fault: 'blocked-address' }),
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
