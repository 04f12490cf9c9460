import type { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

import { byStatus, due, expiry, key } from '../functions/detections/table.ts';

const string = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });

/** The one table: a record a task, its pages of faces beside it. */
export function createTable(scope: Construct, removalPolicy: RemovalPolicy): dynamodb.TableV2 {
  return new dynamodb.TableV2(scope, 'Table', {
    partitionKey: string(key),
    // Bursts of tasks come unannounced, and an idle table should cost nothing.
    billing: dynamodb.Billing.onDemand(),
    timeToLiveAttribute: expiry,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    globalSecondaryIndexes: [
      {
        indexName: byStatus.indexName,
        partitionKey: string(byStatus.partitionKey),
        sortKey: string(byStatus.sortKey),
        // Every change of a projected attribute is billed as a second write: faces stay out.
        projectionType: dynamodb.ProjectionType.INCLUDE,
        nonKeyAttributes: [...byStatus.projected],
      },
      {
        indexName: due.indexName,
        partitionKey: { name: due.partitionKey, type: dynamodb.AttributeType.NUMBER },
        sortKey: string(due.sortKey),
        projectionType: dynamodb.ProjectionType.KEYS_ONLY,
      },
    ],
    removalPolicy,
  });
}
