/** The embedded database writes its indexes before an item: a kill in between leaves what is due without its row. */
import {
  type AttributeValue,
  type DynamoDBClient,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';

import type { Records } from '../functions/records/records.ts';
import { due, key } from '../functions/records/table.ts';
import { createUpdate } from '../functions/records/update.ts';

interface Deps {
  dynamodb: DynamoDBClient;
  tableName: string;
  records: Pick<Records, 'dueIds'>;
}

/** Writes each record that is due and has no row once more as it is, which writes its rows. Returns how many. */
export async function restoreDueRows({ dynamodb, tableName, records }: Deps): Promise<number> {
  const known = new Set<string>();
  const always = Date.UTC(9999, 0);
  for await (const detectTaskId of records.dueIds(always)) known.add(detectTaskId);
  const update = createUpdate<{ due_at: string }>({ client: dynamodb, tableName });
  let restored = 0;
  for await (const { id, due_at } of everythingDue(dynamodb, tableName)) {
    if (known.has(id)) continue;
    const written = await update(id, {
      set: { due_at },
      condition: '#due_at = :seen',
      values: { seen: due_at },
    });
    if (written !== 'conflict') restored += 1;
  }
  return restored;
}

async function* everythingDue(
  client: DynamoDBClient,
  TableName: string,
): AsyncGenerator<{ id: string; due_at: string }> {
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page: ScanCommandOutput = await client.send(
      new ScanCommand({
        TableName,
        ProjectionExpression: '#key, #at',
        FilterExpression: 'attribute_exists(#at)',
        ExpressionAttributeNames: { '#key': key, '#at': due.sortKey },
        // Small pages, so that the database answers other callers in between.
        Limit: 200,
        ExclusiveStartKey,
      }),
    );
    for (const item of page.Items ?? []) yield { id: item[key]?.S ?? '', due_at: item[due.sortKey]?.S ?? '' };
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
