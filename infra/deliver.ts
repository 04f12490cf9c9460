import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { detailTypes, source } from '../functions/notify/event.ts';
import type { DeliverEnv } from '../functions/notify/webhook/env.ts';
import { NodeFunction } from './node-function.ts';
import type { FunctionEnvironment, RecordFunctionProps } from './record-environment.ts';
import { createSecret, grantReadSecret } from './secret.ts';
import { grantOnTable } from './table.ts';

export interface DeliverProps extends RecordFunctionProps {
  readonly eventBus: events.IEventBus | events.EventBus;
  /** Holds the webhook secrets. Default: a new secret with a generated value. */
  readonly secret: secrets.ISecret | secrets.Secret | undefined;
}

/** Webhooks: one function that signs and sends, and the rules of the event bus that invoke it. */
export class Deliver extends Construct {
  /** The alias that the rules invoke. */
  readonly live: lambda.IAlias;
  readonly secret: secrets.ISecret | secrets.Secret;

  constructor(scope: Construct, id: string, props: DeliverProps) {
    super(scope, id);
    const { table, recordEnvironment, runtime, eventBus } = props;
    this.secret =
      props.secret ??
      createSecret(
        this,
        'Receivers need the new secret before the old one is removed, so their operator rotates it.',
        {
          description: 'Signs webhooks: one or two secrets of Standard Webhooks, the newest first.',
          // A multiple of four letters and digits is base64: 24 bytes, used behind `whsec_`.
          generateSecretString: { excludePunctuation: true, includeSpace: false, passwordLength: 32 },
          removalPolicy: runtime.removalPolicy,
        },
      );
    this.live = new NodeFunction(this, 'Function', {
      module: 'notify/webhook/handler.ts',
      description: 'Delivers a final record to its callback URL, signed.',
      environment: {
        ...recordEnvironment,
        WEBHOOK_SECRET_ARN: this.secret.secretArn,
      } satisfies FunctionEnvironment<typeof DeliverEnv>,
      // Two attempts of 15 s with 5 s in between, and the writes around them.
      timeout: Duration.seconds(60),
      // The sweep starts a delivery again after five minutes.
      maxEventAge: Duration.minutes(5),
      runtime,
    }).live;
    grantOnTable(this.live, table, ['dynamodb:GetItem', 'dynamodb:UpdateItem']);
    grantReadSecret(this.live, this.secret);

    // A failed delivery stays due on its record, and the sweep starts it again.
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
