import { type RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import type * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';

import { createSecret, grantReadSecret } from './secret.ts';

/**
 * Not a key: its spaces keep it from being sent, so the first poll fails and names the command. The text must never
 * change, because CloudFormation would write the new text over the stored key.
 */
const placeholder = 'No API key is stored yet: run face-poller set-key.';

export interface ApiKeyProps {
  readonly secret?: secrets.ISecret | secrets.Secret | undefined;
  readonly parameter?: ssm.IStringParameter | undefined;
  /** Of the secret that is created if neither is given. */
  readonly removalPolicy: RemovalPolicy;
}

type KeyEnvironment = { API_KEY_SECRET_ARN: string } | { API_KEY_PARAMETER_NAME: string };

/** Holds the provider's API key: in one secret or one parameter. */
export class ApiKey extends Construct {
  readonly secret: secrets.ISecret | secrets.Secret | undefined;
  readonly parameter: ssm.IStringParameter | undefined;
  /** The customer managed key that encrypts it, if it has one and the construct knows it. */
  readonly encryptionKey: kms.IKey | undefined;
  /** Tells a function where the key is. */
  readonly environment: KeyEnvironment;

  constructor(scope: Construct, id: string, props: ApiKeyProps) {
    super(scope, id);
    this.parameter = props.parameter;
    if (this.parameter !== undefined) {
      this.environment = { API_KEY_PARAMETER_NAME: this.parameter.parameterName };
      this.encryptionKey = isEncrypted(this.parameter) ? this.parameter.encryptionKey : undefined;
      return;
    }
    const secret =
      props.secret ??
      createSecret(
        this,
        'The provider issues the key and has no API to change it, so its owner rotates it.',
        {
          description: 'The API key of crun.ai, as plain text.',
          secretStringValue: SecretValue.unsafePlainText(placeholder),
          removalPolicy: props.removalPolicy,
        },
      );
    this.secret = secret;
    this.environment = { API_KEY_SECRET_ARN: secret.secretArn };
    this.encryptionKey = secret.encryptionKey;
  }

  /** A function's module for this store; it loads no client of the other one. */
  moduleOf(room: 'poll' | 'submit'): string {
    return this.parameter === undefined ? `${room}/handler.ts` : `${room}/key-in-parameter/handler.ts`;
  }

  grantRead(grantee: iam.IGrantable): void {
    if (this.secret !== undefined) grantReadSecret(grantee, this.secret);
    if (this.parameter === undefined) return;
    const resourceArns = [this.parameter.parameterArn];
    iam.Grant.addToPrincipal({ grantee, actions: ['ssm:GetParameter'], resourceArns });
    this.encryptionKey?.grant(grantee, 'kms:Decrypt');
  }
}

/** The CDK keeps the encryption key on the parameter, but not in the interface. */
const isEncrypted = (
  parameter: ssm.IStringParameter,
): parameter is ssm.IStringParameter & { encryptionKey: kms.IKey | undefined } =>
  'encryptionKey' in parameter;
