import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';

/** CDK's own grant would also allow to describe it. */
export function grantReadSecret(grantee: iam.IGrantable, secret: secrets.ISecret | secrets.Secret): void {
  // A secret that was looked up by name lacks the six random characters at the end of its ARN.
  const arn = secret.secretFullArn ?? `${secret.secretArn}-??????`;
  const actions = ['secretsmanager:GetSecretValue'];
  iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [arn] });
  secret.encryptionKey?.grant(grantee, 'kms:Decrypt');
}
