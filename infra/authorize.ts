import { Duration } from 'aws-cdk-lib';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import type { AuthorizeEnv } from '../functions/authorize/env.ts';
import { NodeFunction } from './node-function.ts';
import type { FunctionEnvironment } from './record-environment.ts';
import type { Runtime } from './runtime.ts';
import { createSecret, grantReadSecret } from './secret.ts';
import type { Table } from './table.ts';

export interface AuthorizeProps {
  /** Its name is the dimension of the metrics; it is not read. */
  readonly table: Table;
  readonly runtime: Runtime;
}

/** The token of the HTTP API: its secret, and the function that compares. */
export class Authorize extends Construct {
  readonly authorizer: HttpLambdaAuthorizer;
  /** The alias that the gateway invokes. */
  readonly live: lambda.IAlias;
  readonly secret: secrets.Secret;

  constructor(scope: Construct, id: string, { table, runtime }: AuthorizeProps) {
    super(scope, id);
    this.secret = createSecret(
      this,
      'Callers need the new token before the old one is removed, so their operator rotates it.',
      {
        description: 'The tokens of the HTTP API: one or two, the newest first.',
        // 43 letters and digits have 256 bits.
        generateSecretString: { excludePunctuation: true, includeSpace: false, passwordLength: 43 },
        removalPolicy: runtime.removalPolicy,
      },
    );
    this.live = new NodeFunction(this, 'Function', {
      module: 'authorize/handler.ts',
      description: 'Compares the token of a request with those of the secret.',
      environment: {
        TABLE_NAME: table.tableName,
        API_TOKEN_SECRET_ARN: this.secret.secretArn,
      } satisfies FunctionEnvironment<typeof AuthorizeEnv>,
      // The gateway waits for an authorizer at most 10 s.
      timeout: Duration.seconds(10),
      runtime,
    }).live;
    grantReadSecret(this.live, this.secret);
    this.authorizer = new HttpLambdaAuthorizer('Token', this.live, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      // Without it the gateway answers 401 by itself; by it, it keeps the function's answer.
      identitySource: ['$request.header.Authorization'],
      resultsCacheTtl: Duration.minutes(5),
    });
  }
}
