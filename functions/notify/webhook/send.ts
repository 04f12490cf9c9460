/**
 * One attempt to send a signed body. Whatever the receiver or the network does is a value, never an error. A host name
 * is resolved once, and the connection goes to an address that was checked.
 */
import dns from 'node:dns/promises';

import {
  addressOf,
  callbackFault,
  type CallbackRule,
  isLoopbackHttp,
} from '../../detection/callback-rule.ts';
import { isPublicUnicast } from '../../http/public-address.ts';
import { post, type Sent } from './request.ts';
import type { WebhookHeaders } from './sign.ts';

export interface WebhookRequest {
  url: string;
  headers: WebhookHeaders;
  body: string;
  /** Bounds the whole attempt, from the name's resolution to the end of the response. */
  timeoutMs: number;
}

export type Send = (request: WebhookRequest) => Promise<Sent>;

interface SenderDeps {
  rule: CallbackRule;
  /** All addresses of a host. */
  lookup?: (host: string) => Promise<readonly string[]>;
  /** Whether an address may be connected to. */
  isAllowed?: (address: string) => boolean;
  /** Trusted instead of the usual authorities; PEM. */
  ca?: string;
  now?: () => number;
}

const systemLookup = async (host: string): Promise<string[]> =>
  (await dns.lookup(host, { all: true })).map(({ address }) => address);

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

export function createSender(deps: SenderDeps): Send {
  const { rule, lookup = systemLookup, isAllowed = isPublicUnicast, ca, now = Date.now } = deps;

  /** A host is used only if all its addresses are allowed: a mixture is a sign of DNS rebinding. */
  async function addressesOf(url: URL, isUsable: typeof isAllowed): Promise<readonly string[] | Sent> {
    const literal = addressOf(url);
    try {
      const addresses = literal === undefined ? await lookup(url.hostname) : [literal];
      if (addresses.length === 0) return { fault: 'dns' };
      return addresses.every(isUsable) ? addresses : { fault: 'blocked-address' };
    } catch {
      return { fault: 'dns' };
    }
  }

  return async function send({ url: text, headers, body, timeoutMs }) {
    if (callbackFault(text, rule) !== undefined) return { fault: 'blocked-url' };
    const url = new URL(text);
    // Plain HTTP is for this machine only, so it must not leave it.
    const isUsable = isLoopbackHttp(url) ? isLoopback : isAllowed;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      const addresses = await Promise.race([addressesOf(url, isUsable), timeoutResult(deadline.signal)]);
      if ('fault' in addresses || 'status' in addresses) return addresses;
      const response = post({ url, addresses, isUsable, headers, body, ca, now });
      return await Promise.race([response.sent, timeoutResult(deadline.signal)]).finally(response.destroy);
    } finally {
      clearTimeout(timer);
    }
  };
}

const timeoutResult = (deadline: AbortSignal): Promise<Sent> =>
  new Promise((resolve) => {
    deadline.addEventListener('abort', () => resolve({ fault: 'timeout' }));
  });
