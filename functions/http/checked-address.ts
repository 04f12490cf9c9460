/** The addresses that a connection may be made to: a host is resolved once, and the connection goes to what was checked. */
import dns from 'node:dns/promises';
import { isIPv6, type LookupFunction } from 'node:net';

import { addressOf } from './public-address.ts';

export interface AddressRule {
  /** Whether an address may be connected to. */
  isUsable: (address: string) => boolean;
  /** All addresses of a host. */
  lookup: (host: string) => Promise<readonly string[]>;
}

export const systemLookup: AddressRule['lookup'] = async (host) =>
  (await dns.lookup(host, { all: true })).map(({ address }) => address);

export const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

/** A host is used only if all its addresses are allowed: a mixture is a sign of DNS rebinding. */
export async function checkedAddresses(
  url: URL,
  { isUsable, lookup }: AddressRule,
): Promise<readonly string[] | { fault: 'dns' | 'blocked-address' }> {
  const literal = addressOf(url);
  try {
    const addresses = literal === undefined ? await lookup(url.hostname) : [literal];
    if (addresses.length === 0) return { fault: 'dns' };
    return addresses.every(isUsable) ? addresses : { fault: 'blocked-address' };
  } catch {
    return { fault: 'dns' };
  }
}

/** Instead of a second resolution, which could give other addresses. */
export function answerWith(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_host, options, callback) => {
    if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family ?? 4);
  };
}
