import { describe, expect, it } from 'vitest';

import { transportFault } from '../../../functions/http/transport-fault.ts';

const fault = (code: unknown) => transportFault(Object.assign(new Error('as Node words it'), { code }));

describe('a fault of the transport', () => {
  it.each([
    ['ECONNREFUSED', 'connection-refused'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'network'],
    ['HPE_INVALID_CONSTANT', 'not-http'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['EPROTO', 'tls'],
  ])('by the code %s is %s', (code, expected) => {
    expect(fault(code)).toBe(expected);
  });

  it.each([
    ['only holds a code of TLS', 'MY_CERT_HAS_EXPIRED'],
    ['only begins like one', 'EPROTOTYPE'],
    ['is a number', 104],
    ['is missing', undefined],
  ])('whose code %s is of the network', (_what, code) => {
    expect(fault(code)).toBe('network');
  });

  it('without a code is of the network', () => {
    expect(transportFault(new Error('ECONNRESET'))).toBe('network');
  });
});
