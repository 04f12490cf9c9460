/**
 * Which addresses a callback may go to. By ipaddr.js, because the special-purpose registries are long and grow, and it
 * keeps up with them: alive since 2011, typed, without dependencies. `net.BlockList` would leave that list to us.
 */
import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

/** All that is routed on the public internet; IANA has given out nothing else of IPv6 for it. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * True for an address that anybody on the internet could have. Anything that stands for another address (IPv4-mapped,
 * NAT64, 6to4, Teredo) is refused whatever it stands for, and so is what is no plain address at all.
 */
export function isPublicUnicast(address: string): boolean {
  // ipaddr.js would take `127.1` or `0x7f.1` too, and a zone names an interface of this machine.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(globalUnicast);
}
