/**
 * One attempt to send a signed body. Whatever the receiver or the network does is a value, never an error. A host name
 * is resolved once, and the connection goes to an address that was checked.
 */
import { callbackFault, type CallbackRule, isLoopbackHttp } from '../../detection/callback-rule.ts';
import { type AddressRule, checkedAddresses, isLoopback, systemLookup } from '../../http/checked-address.ts';
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
  lookup?: AddressRule['lookup'];
  isAllowed?: AddressRule['isUsable'];
  /** Trusted instead of the usual authorities; PEM. */
  ca?: string;
  now?: () => number;
}

export function createSender(deps: SenderDeps): Send {
  const { rule, lookup = systemLookup, isAllowed = isPublicUnicast, ca, now = Date.now } = deps;

  return async function send({ url: text, headers, body, timeoutMs }) {
    if (callbackFault(text, rule) !== undefined) return { fault: 'blocked-url' };
    const url = new URL(text);
    // Plain HTTP is for this machine only, so it must not leave it.
    const isUsable = isLoopbackHttp(url) ? isLoopback : isAllowed;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      const addresses = await Promise.race([
        checkedAddresses(url, { isUsable, lookup }),
        timeoutResult(deadline.signal),
      ]);
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
