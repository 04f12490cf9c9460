import { describe, expect, it } from 'vitest';

import { callbackFault } from '../../../functions/detection/callback-rule.ts';
import type { CallbackRule } from '../../../functions/detection/callback-rule.ts';

const usual = 'https://hooks.example.com/faces';

describe('a callback URL', () => {
  it.each<[string, string, CallbackRule?]>([
    ['is https', usual],
    ['has a query', `${usual}?tenant=7&order=a%20b`],
    ['names port 443', 'https://hooks.example.com:443/faces'],
    ['is a public address', 'https://93.184.216.34/faces'],
    ['is a public address of IPv6', 'https://[2606:4700:4700::1111]/faces'],
    ['has capitals', 'HTTPS://Hooks.Example.COM/faces'],
    ['has a host in its xn-- form', 'https://xn--bcher-kva.example/faces'],
    ['has an @ in its path', 'https://hooks.example.com/@faces?to=a@b.example'],
    ['has slashes and an @ in its path', 'https://hooks.example.com/a//b@c'],
    ['has 2,048 bytes', `https://hooks.example.com/${'a'.repeat(2_048 - 26)}`],
    ['is on a port of the rule', 'https://hooks.example.com:8443/faces', { ports: [443, 8_443] }],
    ['is on a host of the rule', usual, { hosts: ['hooks.example.com'] }],
    ['is below a host of the rule', usual, { hosts: ['other.example', '.Example.com'] }],
    ['is an address of the rule', 'https://93.184.216.34/', { hosts: ['93.184.216.34'] }],
    ['is on this machine, where that is allowed', 'http://127.0.0.1:8080/faces', { allowLoopback: true }],
    ['is on this machine by IPv6', 'http://[::1]:8080/faces', { allowLoopback: true }],
    ['is on this machine by name', 'http://localhost/faces', { allowLoopback: true, hosts: [] }],
  ])('may be one that %s', (_what, text, rule = {}) => {
    expect(callbackFault(text, rule)).toBeUndefined();
  });

  const https = 'must be an https URL';
  const plain =
    'must be printable ASCII without spaces and backslashes: other letters percent-encoded, a host in its xn-- form';
  const host = 'must be on a host with a public address';
  const full = 'must name its host in full';
  const user = 'must have no user name or password';
  const elsewhere = 'must be on a host that is allowed here';
  const orHttp = 'must be an https URL, or an http one on 127.0.0.1, [::1] or localhost';

  it.each<[string, string, string, CallbackRule?]>([
    ['is empty', '', https],
    ['is no URL', 'hooks.example.com', https],
    ['is relative', '/faces', https],
    ['has no host', 'https:///faces', https],
    ['has one slash', 'https:/hooks.example.com/', https],
    ['has no slash', 'https:hooks.example.com', https],
    ['is http', 'http://hooks.example.com/', https],
    ['is http to this machine', 'http://127.0.0.1:8080/', https],
    ['is a file', 'file:///etc/passwd', https],
    ['is a script', 'javascript:alert(1)', https],
    ['is of another scheme', 'gopher://hooks.example.com/', https],
    ['has backslashes', 'https:\\\\hooks.example.com\\', plain],
    ['has a backslash before an @', 'https://hooks.example.com\\@127.0.0.1/', plain],
    ['has a space before it', ` ${usual}`, plain],
    ['has a line break behind it', `${usual}\n`, plain],
    ['has a tab in its scheme', 'ht\ttps://hooks.example.com/', plain],
    ['has a NUL', `${usual}\0`, plain],
    ['has circled digits', 'https://①②⑦.⓪.⓪.①/', plain],
    ['has wide dots', 'https://127。0。0。1/', plain],
    ['has letters of another script', 'https://bücher.example/', plain],
    ['has a soft hyphen', 'https://hooks.exam\u00ADple.com/', plain],
    [
      'has 2,049 bytes',
      `https://hooks.example.com/${'a'.repeat(2_049 - 26)}`,
      'must be at most 2048 bytes long',
    ],
    [
      'has 2,049 bytes in fewer letters',
      `https://a.example/${'é'.repeat(1_020)}`,
      'must be at most 2048 bytes long',
    ],
    ['has a user', 'https://user@hooks.example.com/', user],
    ['has a user and a password', ['https://user', 'word@hooks.example.com/'].join(':'), user],
    ['has an empty user', 'https://@hooks.example.com/', user],
    ['has an empty user and password', 'https://:@hooks.example.com/', user],
    ['has a host for a user', 'https://hooks.example.com@127.0.0.1/', user],
    ['has a fragment', `${usual}#top`, 'must have no fragment'],
    ['has an empty fragment', `${usual}#`, 'must have no fragment'],
    ['is on another port', 'https://hooks.example.com:8443/', 'must be on port 443'],
    ['is on port 80', 'https://hooks.example.com:80/', 'must be on port 443'],
    ['is on port 0', 'https://hooks.example.com:0/', 'must be on port 443'],
    ['is on a port that does not exist', 'https://hooks.example.com:65536/', https],
    ['is on none of the ports', usual, 'must be on port 8443 or 9443', { ports: [8_443, 9_443] }],
    ['is this machine', 'https://127.0.0.1/', host],
    ['is this machine in short', 'https://127.1/', host],
    ['is this machine in decimal', 'https://2130706433/', host],
    ['is this machine in octal', 'https://0177.0.0.1/', host],
    ['is this machine in short octal', 'https://0177.1/', host],
    ['is this machine in hex', 'https://0x7f000001/', host],
    ['is this machine in mixed forms', 'https://0x7f.0.0.01/', host],
    ['is this machine percent-encoded', 'https://%31%32%37.0.0.1/', host],
    ['is this machine with a dot behind it', 'https://127.0.0.1./', host],
    ['is this machine by zero', 'https://0/', host],
    ['is this machine by IPv6', 'https://[::1]/', host],
    ['is this machine mapped', 'https://[::ffff:127.0.0.1]/', host],
    ['is this machine mapped in hex', 'https://[::ffff:7f00:1]/', host],
    ['is this machine by NAT64', 'https://[64:ff9b::7f00:1]/', host],
    ['is where clouds keep credentials', 'https://169.254.169.254/latest/meta-data', host],
    ['is the same in decimal', 'https://2852039166/', host],
    ['is private', 'https://10.0.0.1/', host],
    ['has an address with a zone', 'https://[fe80::1%25eth0]/', https],
    ['has an address with too many parts', 'https://127.0.0.1.1/', https],
    ['has a name without a dot', 'https://metadata/', full],
    ['has the name of this machine', 'https://localhost/', full],
    ['has a name that ends in a dot', 'https://hooks.example.com./', full],
    ['has a name with an empty part', 'https://hooks..example.com/', full],
    ['is on none of the hosts', usual, elsewhere, { hosts: ['example.com', 'hooks.example.org'] }],
    ['is the host of a suffix itself', 'https://example.com/', elsewhere, { hosts: ['.example.com'] }],
    [
      'only ends like a host',
      'https://evil-example.com/',
      elsewhere,
      { hosts: ['example.com', '.example.com'] },
    ],
    [
      'only begins like a host',
      'https://hooks.example.com.evil.example/',
      elsewhere,
      { hosts: ['hooks.example.com'] },
    ],
    ['meets a rule without hosts', usual, elsewhere, { hosts: [] }],
    ['is private, though on the list', 'https://10.0.0.1/', host, { hosts: ['10.0.0.1'] }],
    ['is http elsewhere, beside this machine', 'http://hooks.example.com/', orHttp, { allowLoopback: true }],
    ['is another of this machine', 'http://127.0.0.2/', orHttp, { allowLoopback: true }],
    ['only begins like this machine', 'http://localhost.evil.example/', orHttp, { allowLoopback: true }],
    ['is https to this machine', 'https://127.0.0.1:8443/', 'must be on port 443', { allowLoopback: true }],
    ['has a user on this machine', 'http://user@127.0.0.1/', user, { allowLoopback: true }],
    [
      'has a fragment on this machine',
      'http://127.0.0.1/#a',
      'must have no fragment',
      { allowLoopback: true },
    ],
  ])('is rejected if it %s', (_what, text, fault, rule = {}) => {
    expect(callbackFault(text, rule)).toBe(fault);
  });
});
