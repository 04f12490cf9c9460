import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';

/** The CDK's own grant would also allow `DescribeSecret`. */
export function grantReadSecret(grantee: iam.IGrantable, secret: secrets.ISecret | secrets.Secret): void {
  // The ARN of a secret that was imported by name lacks its six random characters.
  const arn = secret.secretFullArn ?? `${secret.secretArn}-??????`;
  const actions = ['secretsmanager:GetSecretValue'];
  iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [arn] });
  secret.encryptionKey?.grant(grantee, 'kms:Decrypt');
}
