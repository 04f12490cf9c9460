import * as iam from 'aws-cdk-lib/aws-iam';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

import { acknowledge } from './acknowledge.ts';

/** `reason`: why Secrets Manager does not rotate it. */
export function createSecret(scope: Construct, reason: string, props: secrets.SecretProps): secrets.Secret {
  const secret = new secrets.Secret(scope, 'Secret', props);
  acknowledge(secret, 'SMG4', reason);
  return secret;
}

/** The CDK's own grant would also allow `DescribeSecret`. */
export function grantReadSecret(grantee: iam.IGrantable, secret: secrets.ISecret | secrets.Secret): void {
  // The ARN of a secret that was imported by name lacks its six random characters.
  const arn = secret.secretFullArn ?? `${secret.secretArn}-??????`;
  const actions = ['secretsmanager:GetSecretValue'];
  iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [arn] });
  secret.encryptionKey?.grant(grantee, 'kms:Decrypt');
}
