import { describe, expect, it } from 'vitest';

import { isPublicUnicast } from '../../../functions/http/public-address.ts';

const hostile: [string, readonly string[]][] = [
  ['unspecified', ['0.0.0.0', '0.0.0.1', '0.255.255.255', '::', '0:0:0:0:0:0:0:0']],
  ['loopback', ['127.0.0.1', '127.0.0.53', '127.1.2.3', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1']],
  [
    'private',
    ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  ],
  [
    'link-local, where clouds keep credentials',
    ['169.254.0.1', '169.254.169.254', '169.254.170.2', '169.254.255.255', 'fe80::1', 'febf::1'],
  ],
  ['of a carrier', ['100.64.0.0', '100.64.0.1', '100.127.255.255']],
  ['unique local', ['fc00::1', 'fd00::1', 'fd00:ec2::254', 'fdff:ffff::1']],
  ['site-local, as it once was', ['fec0::1', 'feff::1']],
  ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1']],
  ['broadcast, or reserved for it', ['255.255.255.255', '240.0.0.1', '254.255.255.255']],
  ['for protocols', ['192.0.0.1', '192.0.0.170', '192.88.99.1', '192.52.193.1', '192.175.48.1']],
  ['for documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
  ['for benchmarks', ['198.18.0.1', '198.19.255.255', '2001:2::1']],
  [
    'IPv4 in a mapping',
    [
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::ffff:10.0.0.1',
      '::ffff:169.254.169.254',
      '::ffff:8.8.8.8',
      '0:0:0:0:0:ffff:7f00:0001',
      '::ffff:0:127.0.0.1',
    ],
  ],
  ['IPv4-compatible, as it once was', ['::127.0.0.1', '::7f00:1', '::8.8.8.8']],
  [
    'NAT64 of an address that is not public',
    [
      '64:ff9b::127.0.0.1',
      '64:ff9b::7f00:1',
      '64:ff9b::a9fe:a9fe',
      '64:ff9b::a00:1',
      '64:ff9b::',
      '64:ff9b::168.63.129.16',
      '64:ff9b:1::1',
      '64:ff9b:1::808:808',
      '64:ff9b::1:808:808',
    ],
  ],
  [
    'ISATAP, with any IPv4 inside',
    [
      '2606:4700::5efe:a9fe:a9fe',
      '2606:4700::200:5efe:a00:1',
      '2606:4700:0:1:0:5efe:808:808',
      'fe80::5efe:7f00:1',
    ],
  ],
  ['of a cloud’s host', ['168.63.129.16', '::ffff:168.63.129.16']],
  ['6to4', ['2002:7f00:1::', '2002:a9fe:a9fe::1', '2002:808:808::1']],
  ['Teredo', ['2001::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2']],
  ['for discarding', ['100::1', '100:0:0:0:ffff::1']],
  ['for segment routing', ['5f00::1', '5f00:ffff::1']],
  ['ORCHID and its kin', ['2001:10::1', '2001:20::1', '2001:30::1', '2001:1ff::1']],
  ['outside what is given out', ['4000::1', '8000::1', 'e000::1', '1::1']],
];

const notPlain = [
  '',
  'localhost',
  'example.com',
  '127.1',
  '2130706433',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '0x7f000001',
  '8.8.8',
  '8.8.8.8.',
  ' 8.8.8.8',
  '8.8.8.8:443',
  '8.8.8.8/32',
  '08.8.8.8',
  '８.8.8.8',
  '[2606:4700::1111]',
  '2606:4700::1111%eth0',
  'fe80::1%lo',
];

const open = [
  '1.1.1.1',
  '168.63.129.15',
  '168.63.129.17',
  '64:ff9b::8.8.8.8',
  '64:ff9b::101:101',
  '2606:4700::5efe:1:808:808',
  '2606:4700::1:5efe:808:808',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.1',
  '93.184.216.34',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.1',
  '223.255.255.255',
  '2001:4860:4860::8888',
  '2606:4700:4700::1111',
  '2a00:1450:4001::1',
  '2400:cb00::1',
];

describe('an address', () => {
  it.each(hostile)('that is %s is not public', (_kind, addresses) => {
    expect(addresses.filter(isPublicUnicast)).toEqual([]);
  });

  it('has at least sixty hostile samples here', () => {
    expect(new Set(hostile.flatMap(([, addresses]) => addresses)).size).toBeGreaterThanOrEqual(60);
  });

  it.each(notPlain)('is not what is no plain address: "%s"', (text) => {
    expect(isPublicUnicast(text)).toBe(false);
  });

  it.each(open)('of the internet is public: %s', (address) => {
    expect(isPublicUnicast(address)).toBe(true);
  });
});
