import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';

import type { FaceDetectionPollerProps } from './props.ts';

/** What exists outside of the stack, by the names that context gives. At most one of the first three is given. */
export interface Imports {
  /** Complete, with the six random characters at the end. */
  readonly apiKeySecretArn?: string;
  readonly apiKeySecretName?: string;
  readonly apiKeyParameterName?: string;
  /** The customer managed key that encrypts that secret or parameter. */
  readonly apiKeyEncryptionKeyArn?: string;
  readonly tableKeyArn?: string;
  readonly eventBusName?: string;
  /** Complete, too. */
  readonly webhookSecretArn?: string;
  readonly alarmsTopicArn?: string;
}

type Imported = Pick<
  FaceDetectionPollerProps,
  'apiKeySecret' | 'apiKeyParameter' | 'tableKey' | 'alarmsTopic' | 'eventBus' | 'webhookSecret'
>;

export function importByName(scope: Construct, imports: Imports): Imported {
  const { apiKeySecretArn, apiKeySecretName, apiKeyParameterName, apiKeyEncryptionKeyArn } = imports;
  const { tableKeyArn, alarmsTopicArn, eventBusName, webhookSecretArn } = imports;
  const encryptionKey =
    apiKeyEncryptionKeyArn === undefined
      ? {}
      : { encryptionKey: kms.Key.fromKeyArn(scope, 'ApiKeyEncryptionKey', apiKeyEncryptionKeyArn) };
  return {
    ...(apiKeySecretArn !== undefined && {
      apiKeySecret: secrets.Secret.fromSecretAttributes(scope, 'ApiKeySecret', {
        secretCompleteArn: apiKeySecretArn,
        ...encryptionKey,
      }),
    }),
    ...(apiKeySecretName !== undefined && {
      apiKeySecret: secrets.Secret.fromSecretAttributes(scope, 'ApiKeySecret', {
        secretPartialArn: Stack.of(scope).formatArn({
          service: 'secretsmanager',
          resource: 'secret',
          resourceName: apiKeySecretName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
        ...encryptionKey,
      }),
    }),
    ...(apiKeyParameterName !== undefined && {
      apiKeyParameter: ssm.StringParameter.fromSecureStringParameterAttributes(scope, 'ApiKeyParameter', {
        parameterName: apiKeyParameterName,
        ...encryptionKey,
      }),
    }),
    ...(tableKeyArn !== undefined && { tableKey: kms.Key.fromKeyArn(scope, 'TableKey', tableKeyArn) }),
    ...(eventBusName !== undefined && {
      eventBus: events.EventBus.fromEventBusName(scope, 'EventBus', eventBusName),
    }),
    ...(webhookSecretArn !== undefined && {
      webhookSecret: secrets.Secret.fromSecretCompleteArn(scope, 'WebhookSecret', webhookSecretArn),
    }),
    ...(alarmsTopicArn !== undefined && {
      alarmsTopic: sns.Topic.fromTopicArn(scope, 'AlarmsTopic', alarmsTopicArn),
    }),
  };
}
