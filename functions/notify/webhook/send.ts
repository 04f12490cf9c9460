/**
 * One attempt to deliver a signed body. Whatever the receiver or the network does is a value: nothing here throws for
 * it. Plain `node:https`, because the connection must go to the very address that was checked, and because it follows
 * no redirect, decodes nothing and keeps nothing open (see also functions/crun/client.ts).
 */
import dns from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';

import type { CallbackRule } from '../../detection/callback-rule.ts';
import { addressOf, callbackFault, isLoopbackHttp } from '../../detection/callback-rule.ts';
import { isPublicUnicast } from '../../http/public-address.ts';
import { retryAfterMs } from '../../http/retry-after.ts';
import { type TransportFault, transportFault } from '../../http/transport-fault.ts';
import { userAgent } from '../../http/user-agent.ts';
import type { WebhookHeaders } from './sign.ts';

/** Nothing in an answer but its status and its hint is of interest; so much is read to let it end by itself. */
const maxAnswerBytes = 1_024;
/** Before the next of a host's addresses is tried; Node's own 250 ms is short for another continent. */
const addressAttemptMs = 1_000;

export type Sent =
  | { kind: 'answered'; status: number; retryAfterMs?: number }
  | { kind: 'failed'; reason: 'blocked-url' | 'blocked-address' | TransportFault };

export interface Delivery {
  url: string;
  headers: WebhookHeaders;
  body: string;
  /** Bounds the whole attempt, from the look-up to the end of the answer. */
  timeoutMs: number;
}

export type Send = (delivery: Delivery) => Promise<Sent>;

interface SenderDeps {
  rule: CallbackRule;
  /** All addresses of a host. */
  lookup?: (host: string) => Promise<readonly string[]>;
  /** Which of them may be connected to. */
  isAllowed?: (address: string) => boolean;
  /** Trusted instead of the usual authorities; PEM. */
  ca?: string;
  now?: () => number;
}

const systemLookup = async (host: string): Promise<string[]> =>
  (await dns.lookup(host, { all: true })).map(({ address }) => address);

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

export function createSender({
  rule,
  lookup = systemLookup,
  isAllowed = isPublicUnicast,
  ca,
  now = Date.now,
}: SenderDeps): Send {
  /** The addresses to connect to: every one that the host has must be allowed, or somebody is playing with names. */
  async function addressesOf(url: URL, isUsable: typeof isAllowed): Promise<readonly string[] | Sent> {
    const literal = addressOf(url);
    try {
      const addresses = literal === undefined ? await lookup(url.hostname) : [literal];
      if (addresses.length === 0) return { kind: 'failed', reason: 'dns' };
      return addresses.every(isUsable) ? addresses : { kind: 'failed', reason: 'blocked-address' };
    } catch {
      return { kind: 'failed', reason: 'dns' };
    }
  }

  return async function send({ url: text, headers, body, timeoutMs }) {
    if (callbackFault(text, rule) !== undefined) return { kind: 'failed', reason: 'blocked-url' };
    const url = new URL(text);
    // What the exception for this machine lets through must stay on it.
    const isUsable = isLoopbackHttp(url) ? isLoopback : isAllowed;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      const addresses = await Promise.race([addressesOf(url, isUsable), timeoutResult(deadline.signal)]);
      if ('kind' in addresses) return addresses;
      return await post({ url, addresses, isUsable, headers, body, deadline: deadline.signal });
    } finally {
      clearTimeout(timer);
    }
  };

  interface Attempt {
    url: URL;
    addresses: readonly string[];
    isUsable: typeof isAllowed;
    headers: WebhookHeaders;
    body: string;
    deadline: AbortSignal;
  }

  function post({ url, addresses, isUsable, headers, body, deadline }: Attempt): Promise<Sent> {
    const bytes = Buffer.from(body);
    const isPlain = url.protocol === 'http:';
    const transport = isPlain ? http : https;
    // One for each attempt, so that no connection or TLS session of one task serves another.
    const agent = new transport.Agent({
      keepAlive: false,
      autoSelectFamilyAttemptTimeout: addressAttemptMs,
      // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
      rejectUnauthorized: true,
      ...(ca !== undefined && { ca }),
    });
    return new Promise((resolve) => {
      const request = transport.request(url, {
        method: 'POST',
        // Besides the three: what HTTP needs (`host`, `connection`, `content-length`), and who speaks of what.
        headers: {
          'content-type': 'application/json',
          'content-length': bytes.length,
          'user-agent': userAgent,
          ...headers,
        },
        agent,
        lookup: answerWith(addresses),
      });
      const settle = (sent: Sent): void => {
        resolve(sent);
        request.destroy();
      };
      const fail = (error: Error): void => settle({ kind: 'failed', reason: transportFault(error) });
      void timeoutResult(deadline).then(settle);

      request.on('socket', (socket) => {
        socket.once('connect', () => {
          if (!isUsable(socket.remoteAddress ?? '')) settle({ kind: 'failed', reason: 'blocked-address' });
        });
        // Nothing is written before: neither a header nor a byte of the body.
        socket.once(isPlain ? 'connect' : 'secureConnect', () => {
          if (!request.destroyed) request.end(bytes);
        });
      });
      request.on('error', fail);
      // Unasked, and without a listener nothing would end the attempt but its deadline.
      request.on('upgrade', (response, socket) => {
        socket.destroy();
        settle(answerOf(response, now()));
      });
      request.on('response', (response) => {
        let bytesRead = 0;
        const answered = (): void => settle(answerOf(response, now()));
        response.on('data', (chunk: Buffer) => {
          bytesRead += chunk.length;
          if (bytesRead >= maxAnswerBytes) answered();
        });
        response.on('end', answered);
        // A receiver that dies in the middle of its answer may not have kept what it was told.
        response.on('error', fail);
      });
    });
  }
}

const timeoutResult = (deadline: AbortSignal): Promise<Sent> =>
  new Promise((resolve) => {
    deadline.addEventListener('abort', () => resolve({ kind: 'failed', reason: 'timeout' }));
  });

function answerOf(response: http.IncomingMessage, nowMs: number): Sent {
  const hintMs = retryAfterMs(response.headers['retry-after'], nowMs);
  return {
    kind: 'answered',
    status: response.statusCode ?? 0,
    ...(hintMs !== undefined && { retryAfterMs: hintMs }),
  };
}

/** In place of another look-up, which could answer otherwise. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_host, options, callback) => {
    if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family ?? 4);
  };
}
