/** Which callback URLs are allowed. Checked at the start and again before each use, because the rule may have changed. */
import { addressOf, isPublicUnicast } from '../http/public-address.ts';

/** The rule of a stack. */
export interface CallbackRule {
  /** The only hosts allowed: `hooks.example.com` is one host, `.example.com` every name below it. All, by default. */
  hosts?: readonly string[];
  /** The only ports allowed; 443 by default. */
  ports?: readonly number[];
  /** Also allows `http` to any port of this machine: for development, where it runs sender and receiver. */
  allowLoopback?: boolean;
  /** How to allow it, for the sentence that rejects such a URL. */
  loopbackAdvice?: string;
}

/** A host of the list as URLs spell it, or undefined where no URL can have it. */
export function allowedHost(text: string): string | undefined {
  const host = text.trim().toLowerCase();
  return /^\.?([a-z\d_-]+\.)+[a-z\d_-]+$/.test(host) ? host : undefined;
}

const maxBytes = 2_048;
const loopbackHosts = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** True for the URLs that `allowLoopback` adds. */
export const isLoopbackHttp = (url: URL): boolean =>
  url.protocol === 'http:' && loopbackHosts.has(url.hostname);

/**
 * The rule that a callback URL breaks, as a sentence without the field's name. Nothing is looked up: which addresses a
 * name has is asked when the callback is sent.
 */
export function callbackFault(text: string, rule: CallbackRule): string | undefined {
  if (Buffer.byteLength(text) > maxBytes) return `must be at most ${maxBytes} bytes long`;
  // Parsers differ on tabs, line breaks, backslashes and letters of other scripts.
  if (!/^[\x21-\x5b\x5d-\x7e]*$/.test(text)) {
    return 'must be printable ASCII without spaces and backslashes: other letters percent-encoded, a host in its xn-- form';
  }
  const url = /^https?:\/\/[^/?#]/i.test(text) ? URL.parse(text) : null;
  const isLoopback = url !== null && rule.allowLoopback === true && isLoopbackHttp(url);
  if (url === null || (url.protocol !== 'https:' && !isLoopback)) {
    return rule.allowLoopback === true
      ? 'must be an https URL, or an http one on 127.0.0.1, [::1] or localhost'
      : `must be an https URL${adviceFor(url, rule)}`;
  }
  if (/^[^/]*\/\/[^/?#]*@/.test(text)) return 'must have no user name or password';
  if (text.includes('#')) return 'must have no fragment';
  if (isLoopback) return undefined;
  return portFault(url, rule) ?? hostFault(url, rule);
}

const adviceFor = (url: URL | null, { loopbackAdvice }: CallbackRule): string =>
  url !== null && isLoopbackHttp(url) && loopbackAdvice !== undefined ? `; ${loopbackAdvice}` : '';

function portFault(url: URL, { ports = [443] }: CallbackRule): string | undefined {
  const port = url.port === '' ? 443 : Number(url.port);
  return ports.includes(port) ? undefined : `must be on port ${ports.join(' or ')}`;
}

function hostFault(url: URL, { hosts }: CallbackRule): string | undefined {
  const host = url.hostname;
  const address = addressOf(url);
  if (address !== undefined && !isPublicUnicast(address)) return 'must be on a host with a public address';
  // Resolvers and certificates differ on names without a dot or with one at the end.
  if (address === undefined && !/^[^.]+(\.[^.]+)+$/.test(host)) return 'must name its host in full';
  const isAllowed = hosts
    ?.map(allowedHost)
    .some((allowed) => (allowed?.startsWith('.') ? host.endsWith(allowed) : host === allowed));
  return isAllowed === false ? 'must be on a host that is allowed here' : undefined;
}
