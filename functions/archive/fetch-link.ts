/** Fetches the picture behind a link. Whatever the link, its server or the network does is a value, never an error. */
import { type AddressRule, checkedAddresses, isLoopback, systemLookup } from '../http/checked-address.ts';
import { isPublicUnicast } from '../http/public-address.ts';
import { get, type Got } from './get.ts';

export type FetchLink = (link: string) => Promise<Got>;

interface FetchDeps {
  /** The simulator's origin, on this machine: its links may be loopback addresses, and no others. */
  simulatorOrigin?: string | undefined;
  lookup?: AddressRule['lookup'];
  isAllowed?: AddressRule['isUsable'];
  /** Trusted instead of the usual authorities; PEM. */
  ca?: string;
  /** As a URL spells it: '' is 443. */
  port?: string;
  /** Bounds one link, from its name's resolution to the end of the picture. */
  timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;

export function createFetchLink(deps: FetchDeps = {}): FetchLink {
  const { simulatorOrigin, lookup = systemLookup, isAllowed = isPublicUnicast, ca } = deps;
  const { port = '', timeoutMs = defaultTimeoutMs } = deps;

  /** A link is the provider's word, so it may name any host, but only as a public web server. */
  function ruleOf(url: URL): AddressRule | undefined {
    if (url.username !== '' || url.password !== '') return undefined;
    if (url.origin === simulatorOrigin) return { isUsable: isLoopback, lookup };
    return url.protocol === 'https:' && url.port === port ? { isUsable: isAllowed, lookup } : undefined;
  }

  async function fetchChecked(url: URL, rule: AddressRule, deadline: Promise<Got>): Promise<Got> {
    const addresses = await Promise.race([checkedAddresses(url, rule), deadline]);
    if ('fault' in addresses || 'bytes' in addresses) return addresses;
    const { got, destroy } = get({ url, addresses, isUsable: rule.isUsable, ca });
    return Promise.race([got, deadline]).finally(destroy);
  }

  return async function fetchLink(link) {
    const url = URL.parse(link);
    const rule = url === null ? undefined : ruleOf(url);
    if (url === null || rule === undefined) return { fault: 'blocked-url' };
    const { promise: deadline, resolve } = Promise.withResolvers<Got>();
    const timer = setTimeout(() => resolve({ fault: 'timeout' }), timeoutMs);
    try {
      return await fetchChecked(url, rule, deadline);
    } finally {
      clearTimeout(timer);
    }
  };
}
