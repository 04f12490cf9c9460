import type { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

import { projectedNames } from '../functions/detection/fields.ts';
import { byStatus, due, expiry, key } from '../functions/records/table.ts';
import type { FaceDetectionPollerProps } from './props.ts';

/** A new table, or an existing one. */
export type Table = dynamodb.ITableV2 | DetectionTable;

export interface DetectionTableProps extends Pick<
  FaceDetectionPollerProps,
  'tableKey' | 'pointInTimeRecovery' | 'deletionProtection'
> {
  readonly removalPolicy: RemovalPolicy;
}

const string = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });

/** The one table: a record per task, with its pages of faces beside it. */
export class DetectionTable extends dynamodb.TableV2 {
  declare readonly encryptionKey?: kms.IKey;

  constructor(scope: Construct, id: string, props: DetectionTableProps) {
    const { tableKey, pointInTimeRecovery = true, deletionProtection = false, removalPolicy } = props;
    super(scope, id, {
      partitionKey: string(key),
      // Tasks arrive in bursts, and an idle table should cost nothing.
      billing: dynamodb.Billing.onDemand(),
      timeToLiveAttribute: expiry,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: pointInTimeRecovery },
      deletionProtection,
      globalSecondaryIndexes: [
        {
          indexName: byStatus.indexName,
          partitionKey: string(byStatus.partitionKey),
          sortKey: string(byStatus.sortKey),
          // Every change to a projected attribute is billed as a second write: faces stay out.
          projectionType: dynamodb.ProjectionType.INCLUDE,
          nonKeyAttributes: projectedNames,
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
    if (tableKey === undefined) return;
    this.encryptionKey = tableKey;
    // `TableEncryptionV2` needs a region, and the stack may be for any.
    const resource = this.node.defaultChild;
    if (!(resource instanceof dynamodb.CfnGlobalTable)) throw new Error('the table has no resource');
    resource.sseSpecification = { sseEnabled: true, sseType: 'KMS' };
    resource.addPropertyOverride('Replicas.0.SSESpecification', {
      KMSMasterKeyId: tableKey.keyArn,
    });
  }
}

/** The ARN of an index: to query one needs no permission on the table itself. */
export const indexArn = (table: Table, index: { indexName: string }): string =>
  `${table.tableArn}/index/${index.indexName}`;

/** What a function that writes records needs: single items by key, without a scan. */
export const onItems = [
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
] as const;

/** DynamoDB calls KMS on behalf of its caller. The CDK's own lists, without their wildcards. */
const readingKey = ['kms:Decrypt', 'kms:DescribeKey'];
const writingKey = [
  ...readingKey,
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** These actions on the table's items, or on its indexes, and what they need of the table's key. */
export function grantOnTable(
  grantee: iam.IGrantable,
  table: Table,
  actions: readonly `dynamodb:${string}`[],
  resourceArns: string[] = [table.tableArn],
): iam.Grant {
  const grant = iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns });
  return table.encryptionKey === undefined ? grant : grant.combine(grantKey(grantee, table, actions));
}

/** For grants made by the CDK, which does not know the table's key. */
export function grantKey(grantee: iam.IGrantable, table: Table, actions: readonly string[]): iam.Grant {
  const isReader = actions.every((action) => /:(Get|BatchGet|Query)/.test(action));
  const keyActions = isReader ? readingKey : writingKey;
  return table.encryptionKey?.grant(grantee, ...keyActions) ?? iam.Grant.drop(grantee, 'no key of its own');
}
