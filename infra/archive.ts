import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

import type { ArchiveEnv } from '../functions/archive/env.ts';
import { memoryMb } from '../functions/archive/policy.ts';
import { detailTypes, source } from '../functions/notify/event.ts';
import { acknowledge, acknowledgeGrant } from './acknowledge.ts';
import { NodeFunction } from './node-function.ts';
import type { ArchiveOptions } from './part-options.ts';
import type { FunctionEnvironment, RecordFunctionProps } from './record-environment.ts';
import { grantOnTable, onItems } from './table.ts';

type Bucket = s3.IBucket | s3.Bucket;

/** Every key begins with this. */
const folder = 'faces/';

/** The private bucket of the pictures, made or given. */
export class ArchiveBucket extends Construct {
  readonly bucket: Bucket;
  readonly #poller: Construct;

  constructor(
    scope: Construct,
    id: string,
    props: { options: ArchiveOptions; retention: Duration; removalPolicy: RemovalPolicy },
  ) {
    super(scope, id);
    this.bucket = props.options.bucket ?? this.#create(props);
    this.#poller = scope;
  }

  #objects(): string {
    return this.bucket.arnForObjects(`${folder}*`);
  }

  #create({ options, retention, removalPolicy }: ConstructorParameters<typeof ArchiveBucket>[2]): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      ...(options.encryptionKey === undefined
        ? { encryption: s3.BucketEncryption.S3_MANAGED }
        : {
            encryption: s3.BucketEncryption.KMS,
            encryptionKey: options.encryptionKey,
            bucketKeyEnabled: true,
          }),
      // No versions: what is forgotten is gone.
      versioned: false,
      lifecycleRules: [
        {
          id: 'Expire',
          // A record that is final begins its retention anew, and its pictures follow within a day.
          expiration: Duration.days(retention.toDays() + 1),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy,
    });
    acknowledge(
      bucket,
      'S1',
      'Access logs would name who was detected when; CloudTrail has data events for those who need them.',
    );
    return bucket;
  }

  /** These actions on the pictures, and what they need of the bucket's key. */
  grant(grantee: iam.IGrantable, actions: readonly ('Get' | 'Put' | 'Delete')[]): iam.Grant {
    const { bucket } = this;
    const objects = this.#objects();
    acknowledgeGrant(this.#poller, grantee, objects, 'The names of pictures are not known beforehand.');
    const grant = iam.Grant.addToPrincipal({
      grantee,
      actions: actions.map((action) => `s3:${action}Object`),
      resourceArns: [objects],
    });
    if (actions.includes('Delete'))
      grant.combine(
        iam.Grant.addToPrincipal({
          grantee,
          actions: ['s3:ListBucket'],
          resourceArns: [bucket.bucketArn],
          conditions: { StringLike: { 's3:prefix': `${folder}*` } },
        }),
      );
    const keyActions = [
      ...(actions.includes('Get') ? ['kms:Decrypt'] : []),
      ...(actions.includes('Put') ? ['kms:GenerateDataKey'] : []),
    ];
    if (keyActions.length > 0) bucket.encryptionKey?.grant(grantee, ...keyActions);
    return grant;
  }
}

export interface ArchiveProps extends RecordFunctionProps {
  readonly eventBus: events.IEventBus | events.EventBus;
  readonly pictures: ArchiveBucket;
}

/** Keeps the pictures of faces: one function that copies them, and the rules of the event bus that invoke it. */
export class Archive extends Construct {
  /** The alias that the rules invoke. */
  readonly live: lambda.IAlias;

  constructor(scope: Construct, id: string, props: ArchiveProps) {
    super(scope, id);
    const { table, recordEnvironment, runtime, eventBus, pictures } = props;
    this.live = new NodeFunction(this, 'Function', {
      module: 'archive/handler.ts',
      description: 'Copies the pictures of the faces of a detection that succeeded.',
      environment: {
        ...recordEnvironment,
        EVENT_BUS_NAME: eventBus.eventBusName,
      } satisfies FunctionEnvironment<typeof ArchiveEnv>,
      // A run of faces may take up to two minutes; the next invocation goes on.
      timeout: Duration.minutes(5),
      memoryMb,
      // The sweep starts an archive again after five minutes.
      maxEventAge: Duration.minutes(5),
      runtime,
    }).live;
    // It finishes a forgetting that it meets: a head is updated, or replaced by a tombstone.
    grantOnTable(this.live, table, onItems);
    pictures.grant(this.live, ['Get', 'Put', 'Delete']);
    eventBus.grantPutEventsTo(this.live);

    // A failed archive stays due on its record, and the sweep starts it again.
    const target = new targets.LambdaFunction(this.live, { retryAttempts: 0 });
    new events.Rule(this, 'Succeeded', {
      description: 'Archives the pictures of a record that succeeded.',
      eventBus,
      eventPattern: {
        source: [source],
        detailType: [detailTypes.settled],
        detail: { status: ['succeeded'] },
      },
      targets: [target],
    });
    new events.Rule(this, 'Due', {
      description: 'Goes on with an archive.',
      eventBus,
      eventPattern: { source: [source], detailType: [detailTypes.archiveDue] },
      targets: [target],
    });
  }
}
