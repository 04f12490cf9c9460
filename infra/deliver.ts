import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { detailTypes, source } from '../functions/notify/event.ts';
import type { DeliverEnv } from '../functions/notify/webhook/env.ts';
import { NodeFunction } from './node-function.ts';
import { grantReadSecret } from './read-secret.ts';
import type { FunctionEnvironment, RecordEnvironment } from './record-environment.ts';
import { grantOnTable } from './table.ts';

export interface DeliverProps {
  /** Where the records are. */
  readonly table: dynamodb.TableV2;
  /** Where final records are told of. */
  readonly eventBus: events.IEventBus | events.EventBus;
  /** The secrets that pushes are signed with. By default one is generated. */
  readonly secret?: secrets.ISecret | secrets.Secret | undefined;
  /** What is decided once for every record. */
  readonly recordEnvironment: RecordEnvironment;
  /** How long its logs are kept. */
  readonly logRetention: logs.RetentionDays;
  /** What becomes of its logs, and of a generated secret, when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/** Webhooks: one function that signs and sends, and the rules of the event bus that start it. */
export class Deliver extends Construct {
  readonly live: lambda.IAlias;
  readonly secret: secrets.ISecret | secrets.Secret;

  constructor(scope: Construct, id: string, props: DeliverProps) {
    super(scope, id);
    const { table, eventBus, recordEnvironment, logRetention, removalPolicy } = props;
    this.secret = props.secret ?? createSecret(this, removalPolicy);
    this.live = new NodeFunction(this, 'Function', {
      module: 'notify/webhook/handler.ts',
      description: 'Delivers a final record to its callback URL, signed.',
      environment: {
        ...recordEnvironment,
        TABLE_NAME: table.tableName,
        WEBHOOK_SECRET_ARN: this.secret.secretArn,
      } satisfies FunctionEnvironment<typeof DeliverEnv>,
      // Two attempts of 15 s with 5 s in between, and the writes around them.
      timeout: Duration.seconds(60),
      logRetention,
      removalPolicy,
    }).live;
    grantOnTable(this.live, table, ['dynamodb:GetItem', 'dynamodb:UpdateItem']);
    grantReadSecret(this.live, this.secret);

    // What fails is due on the record, and the sweep's to start again.
    const target = new targets.LambdaFunction(this.live, { retryAttempts: 0 });
    new events.Rule(this, 'Final', {
      description: 'Delivers a record that has become final.',
      eventBus,
      eventPattern: {
        source: [source],
        detailType: [detailTypes.settled, detailTypes.abandoned],
        detail: { has_callback: [true] },
      },
      targets: [target],
    });
    new events.Rule(this, 'Due', {
      description: 'Makes the next attempt at a delivery.',
      eventBus,
      eventPattern: { source: [source], detailType: [detailTypes.deliveryDue] },
      targets: [target],
    });
  }
}

function createSecret(scope: Construct, removalPolicy: RemovalPolicy): secrets.Secret {
  const secret = new secrets.Secret(scope, 'Secret', {
    description: 'Signs webhooks: one or two secrets of Standard Webhooks, the newest first.',
    // Letters and digits, a multiple of four of them, are base64: 24 bytes, to be used behind `whsec_`.
    generateSecretString: { excludePunctuation: true, includeSpace: false, passwordLength: 32 },
    removalPolicy,
  });
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions::AwsSolutions-SMG4',
    reason: 'Receivers must be given a new secret before the old one goes: whoever knows them rotates it.',
  });
  return secret;
}
