import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, inject } from 'vitest';

/** A client of the interpreter, for the tests of a file. */
export function stepFunctions(): SFNClient {
  const client = new SFNClient({
    endpoint: inject('interpreter') ?? '',
    region: 'us-east-1',
    // `sync-` before the address of loopback would be another host.
    disableHostPrefix: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  afterAll(() => client.destroy());
  return client;
}
