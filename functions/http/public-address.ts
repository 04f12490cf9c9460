/**
 * Which addresses a callback may go to. By ipaddr.js, because the special-purpose registries are long and grow, and it
 * keeps up with them: alive since 2011, typed, without dependencies. `net.BlockList` would leave that list to us.
 */
import { isIP } from 'node:net';

import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js';

/** All that is routed on the public internet; IANA has given out nothing else of IPv6 for it. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** The well-known prefix alone: behind one for local use stands a network's own choice of addresses. */
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** Azure's host agent: in a public range, and answered by the host of each virtual machine. */
const cloudAgents = new Set(['168.63.129.16']);

/** The host if it is an address: the URL parser has normalised short, octal, hex and decimal forms to dots. */
export function addressOf({ hostname }: URL): string | undefined {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(host) === 0 ? undefined : host;
}

/**
 * True for an address that any machine on the internet could have. An address that stands for another one (IPv4-mapped,
 * 6to4, Teredo, ISATAP) is rejected, whichever that is, except for NAT64, by which IPv6-only networks reach all of IPv4:
 * there the IPv4 address inside decides. Whatever is not a plain address is rejected too.
 */
export function isPublicUnicast(address: string): boolean {
  // ipaddr.js would take `127.1` or `0x7f.1` too, and a zone names an interface of this machine.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  return parsed.kind() === 'ipv4' ? isPublicIPv4(parsed as IPv4) : isPublicIPv6(parsed as IPv6);
}

const isPublicIPv4 = (address: IPv4): boolean =>
  address.range() === 'unicast' && !cloudAgents.has(address.toString());

function isPublicIPv6(address: IPv6): boolean {
  if (address.match(nat64)) return isPublicIPv4(new ipaddr.IPv4(address.toByteArray().slice(-4)));
  return address.range() === 'unicast' && address.match(globalUnicast) && !isIsatap(address);
}

/** The interface id `0000:5efe` or `0200:5efe` is followed by an IPv4 address, under any prefix. */
const isIsatap = ({ parts }: IPv6): boolean =>
  parts[5] === 0x5efe && (parts[4] === 0x0000 || parts[4] === 0x0200);
