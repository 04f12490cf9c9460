/** Why an HTTP request had no answer, from the provider or from a receiver. */
export type TransportFault =
  | 'connection-refused'
  | 'reset'
  | 'dns'
  | 'timeout'
  | 'tls'
  | 'not-http'
  | 'network';

/** OpenSSL's verification errors as Node names them, and its protocol errors. */
const tlsCode =
  /^(CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|ERROR_IN_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|ERR_TLS_|ERR_SSL_|EPROTO$)/;

export function transportFault(error: Error): TransportFault {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (tlsCode.test(code)) return 'tls';
  if (code.startsWith('HPE_')) return 'not-http';
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection-refused';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'dns';
    case 'ETIMEDOUT':
      return 'timeout';
    default:
      return 'network';
  }
}
