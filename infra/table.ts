import type { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

import { byStatus, due, expiry, key } from '../functions/records/table.ts';

export interface DetectionTableProps {
  readonly removalPolicy: RemovalPolicy;
  readonly encryptionKey: kms.IKey | undefined;
  readonly pointInTimeRecovery: boolean;
  readonly deletionProtection: boolean;
}

const string = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });

/** The one table: a record a task, its pages of faces beside it. */
export class DetectionTable extends dynamodb.TableV2 {
  declare readonly encryptionKey?: kms.IKey;

  constructor(scope: Construct, id: string, props: DetectionTableProps) {
    super(scope, id, {
      partitionKey: string(key),
      // Bursts of tasks come unannounced, and an idle table should cost nothing.
      billing: dynamodb.Billing.onDemand(),
      timeToLiveAttribute: expiry,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: props.pointInTimeRecovery },
      deletionProtection: props.deletionProtection,
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
      removalPolicy: props.removalPolicy,
    });
    if (props.encryptionKey === undefined) return;
    this.encryptionKey = props.encryptionKey;
    // `TableEncryptionV2` wants to know the region, and the stack is for any.
    const resource = this.node.defaultChild;
    if (!(resource instanceof dynamodb.CfnGlobalTable)) throw new Error('the table has no resource');
    resource.sseSpecification = { sseEnabled: true, sseType: 'KMS' };
    resource.addPropertyOverride('Replicas.0.SSESpecification', {
      KMSMasterKeyId: props.encryptionKey.keyArn,
    });
  }
}

/** The ARN of an index; who queries one needs nothing of the table itself. */
export const indexArn = (table: dynamodb.TableV2, index: { indexName: string }): string =>
  `${table.tableArn}/index/${index.indexName}`;

/** What a function does that writes records: by their keys, one item at a time, and without a scan. */
export const onItems = [
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
] as const;

/** DynamoDB asks KMS in the name of whoever calls it. CDK's own lists, without their wildcards. */
const readingKey = ['kms:Decrypt', 'kms:DescribeKey'];
const writingKey = [
  ...readingKey,
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** These actions on the table's items, or on one of its indexes, and what its own key asks for beside them. */
export function grantOnTable(
  grantee: iam.IGrantable,
  table: dynamodb.TableV2,
  actions: readonly `dynamodb:${string}`[],
  resourceArns: string[] = [table.tableArn],
): iam.Grant {
  const grant = iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns });
  return table.encryptionKey === undefined ? grant : grant.combine(grantKey(grantee, table, actions));
}

/** For whoever gets the rest from the CDK, which thinks of the table's key in its own grants only. */
export function grantKey(
  grantee: iam.IGrantable,
  table: dynamodb.TableV2,
  actions: readonly string[],
): iam.Grant {
  const isReader = actions.every((action) => /:(Get|BatchGet|Query)/.test(action));
  const keyActions = isReader ? readingKey : writingKey;
  return table.encryptionKey?.grant(grantee, ...keyActions) ?? iam.Grant.drop(grantee, 'no key of its own');
}
