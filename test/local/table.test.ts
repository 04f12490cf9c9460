import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createTable, tableName } from '../../local/table.ts';

describe('the table of the embedded database', () => {
  const server = dynalite({ createTableMs: 0 });
  let client: DynamoDBClient;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    client = new DynamoDBClient({ endpoint: `http://127.0.0.1:${port}` });
  });
  afterAll(() => {
    client.destroy();
    server.close();
  });

  it('is rejected where an earlier version made it in another shape', async () => {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'detect_task_id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'detect_task_id', KeyType: 'HASH' }],
      }),
    );
    await expect(createTable(client)).rejects.toThrow(
      'FACE_POLLER_DATA: its database was made by an earlier version; move the folder away',
    );
  });
});
