/** In the place of the database in the process: another one, over HTTP, with an account of its own for each file. */
import { randomInt } from 'node:crypto';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';

export function openInProcess(): { client: DynamoDBClient; close: () => Promise<void> } {
  const client = new DynamoDBClient({
    endpoint: inject('database'),
    region: 'us-east-1',
    // As often as in the process: faults are planned by the number of sendings.
    maxAttempts: 3,
    credentials: { accessKeyId: String(randomInt(1e11, 1e12 / 4)), secretAccessKey: 'local' },
  });
  return {
    client,
    async close() {
      client.destroy();
    },
  };
}
