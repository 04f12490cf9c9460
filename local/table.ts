/** The table of infra/table.ts in the embedded database: the same names, which both share with the store. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';

import { projectedNames } from '../functions/detection/fields.ts';
import { byStatus, due, key } from '../functions/records/table.ts';
import { dataFolderError } from './private-socket.ts';

export const tableName = 'face-detections';

/** Makes the table where there is none yet. */
export async function createTable(client: DynamoDBClient): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          ...[key, byStatus.partitionKey, byStatus.sortKey, due.sortKey].map((name) => attribute(name, 'S')),
          attribute(due.partitionKey, 'N'),
        ],
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: byStatus.indexName,
            KeySchema: keysOf(byStatus),
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: projectedNames },
          },
          { IndexName: due.indexName, KeySchema: keysOf(due), Projection: { ProjectionType: 'KEYS_ONLY' } },
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    const made = Table?.AttributeDefinitions?.find(({ AttributeName }) => AttributeName === due.partitionKey);
    if (made?.AttributeType !== 'N') {
      throw dataFolderError('its database was made by an earlier version; move the folder away');
    }
    if (Table?.TableStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const attribute = (AttributeName: string, AttributeType: 'S' | 'N') => ({ AttributeName, AttributeType });

const keysOf = (index: { partitionKey: string; sortKey: string }) => [
  { AttributeName: index.partitionKey, KeyType: 'HASH' as const },
  { AttributeName: index.sortKey, KeyType: 'RANGE' as const },
];
