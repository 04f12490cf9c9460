/** Existing resources as context names them. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import * as z from 'zod/mini';

import type { FaceDetectionPollerProps } from './props.ts';

const matching = (pattern: RegExp, rule: string) => z.optional(z.string(rule).check(z.regex(pattern, rule)));

/** Region and account may differ from the stack's; a typing error shows in the service or the form. */
const arnOf = (service: string, resource: string, example: string) =>
  matching(
    new RegExp(`^arn:[\\w-]+:${service}:[\\w-]+:\\d{12}:${resource}$`),
    `must be an ARN such as arn:aws:${service}:us-east-1:123456789012:${example}`,
  );
const KeyArn = arnOf('kms', 'key/[\\w-]+', 'key/0123abcd');
/** Complete, with the six random characters at the end. */
const SecretArn = arnOf('secretsmanager', 'secret:[\\w/+=.@-]+-\\w{6}', 'secret:crun-AbCdEf');

export const Imports = z.object({
  apiKeySecretArn: SecretArn,
  apiKeySecretName: matching(/^[\w/+=.@-]{1,512}$/, 'must be 1 to 512 letters, digits or "/_+=.@-"'),
  apiKeyParameterName: matching(
    /^(?=.{1,1011}$)((\/[\w.-]+)+|[\w.-]+)$/,
    'must be letters, digits or "_.-/", and begin with "/" if it contains one',
  ),
  apiKeyEncryptionKeyArn: KeyArn,
  tableName: matching(/^[\w.-]{3,255}$/, 'must be 3 to 255 letters, digits or "_.-"'),
  tableKeyArn: KeyArn,
  eventBusName: matching(/^[\w.\-/]{1,256}$/, 'must be the name of an event bus'),
  webhookSecretArn: SecretArn,
  webhookSecretEncryptionKeyArn: KeyArn,
  logKeyArn: KeyArn,
  alarmsTopicArn: arnOf('sns', '[\\w-]+', 'operators'),
});
/** Names and ARNs of resources of yours. */
export interface Imports {
  /**
   * The ARN of `apiKeySecret`, with the six characters at its end.
   *
   * @default - a new secret
   * @example 'arn:aws:secretsmanager:us-east-1:123456789012:secret:crun-AbCdEf'
   */
  readonly apiKeySecretArn?: string | undefined;
  /**
   * The name of `apiKeySecret`, in place of its ARN.
   *
   * @default - a new secret
   * @example 'crun/api-key'
   */
  readonly apiKeySecretName?: string | undefined;
  /**
   * The name of `apiKeyParameter`.
   *
   * @default - a secret holds the key
   * @example '/crun/api-key'
   */
  readonly apiKeyParameterName?: string | undefined;
  /**
   * The ARN of the customer managed key that encrypts the imported secret or parameter.
   *
   * @default - the key that AWS manages
   * @example 'arn:aws:kms:us-east-1:123456789012:key/0123abcd'
   */
  readonly apiKeyEncryptionKeyArn?: string | undefined;
  /**
   * The name of `table`.
   *
   * @default - a new table
   * @example 'FaceDetectionPoller-PollerTable1168CB8E-1A2B3C'
   */
  readonly tableName?: string | undefined;
  /**
   * The ARN of `tableKey`, or of the key that encrypts the imported table.
   *
   * @default - the key that AWS owns
   * @example 'arn:aws:kms:us-east-1:123456789012:key/0123abcd'
   */
  readonly tableKeyArn?: string | undefined;
  /**
   * The name of `eventBus`.
   *
   * @default - the account's default event bus
   * @example 'media'
   */
  readonly eventBusName?: string | undefined;
  /**
   * The ARN of `webhookSecret`, with the six characters at its end.
   *
   * @default - a new secret
   * @example 'arn:aws:secretsmanager:us-east-1:123456789012:secret:webhooks-AbCdEf'
   */
  readonly webhookSecretArn?: string | undefined;
  /**
   * The ARN of the customer managed key that encrypts the imported webhook secret.
   *
   * @default - the key that AWS manages
   * @example 'arn:aws:kms:us-east-1:123456789012:key/0123abcd'
   */
  readonly webhookSecretEncryptionKeyArn?: string | undefined;
  /**
   * The ARN of `logKey`.
   *
   * @default - the key that CloudWatch owns
   * @example 'arn:aws:kms:us-east-1:123456789012:key/0123abcd'
   */
  readonly logKeyArn?: string | undefined;
  /**
   * The ARN of `alarmsTopic`.
   *
   * @default - alarms notify no one
   * @example 'arn:aws:sns:us-east-1:123456789012:operators'
   */
  readonly alarmsTopicArn?: string | undefined;
}

type Imported = Pick<
  FaceDetectionPollerProps,
  | 'apiKeySecret'
  | 'apiKeyParameter'
  | 'table'
  | 'tableKey'
  | 'alarmsTopic'
  | 'eventBus'
  | 'webhookSecret'
  | 'logKey'
>;

export function importByName(scope: Construct, imports: Imports): Imported {
  const { apiKeyParameterName, tableName, eventBusName, alarmsTopicArn, webhookSecretArn } = imports;
  /** The key is imported once under each setting's name. */
  const key = <Prop extends string>(prop: Prop, id: string, arn: string | undefined) =>
    arn !== undefined && ({ [prop]: kms.Key.fromKeyArn(scope, id, arn) } as Record<Prop, kms.IKey>);
  const apiKeyKey = key('encryptionKey', 'ApiKeyEncryptionKey', imports.apiKeyEncryptionKeyArn);
  const webhookKey = key('encryptionKey', 'WebhookKey', imports.webhookSecretEncryptionKeyArn);
  const secretArn = apiKeySecretArnOf(scope, imports);
  return {
    ...(secretArn !== undefined && {
      apiKeySecret: secrets.Secret.fromSecretAttributes(scope, 'ApiKeySecret', {
        ...secretArn,
        ...apiKeyKey,
      }),
    }),
    ...(apiKeyParameterName !== undefined && {
      apiKeyParameter: ssm.StringParameter.fromSecureStringParameterAttributes(scope, 'ApiKeyParameter', {
        parameterName: apiKeyParameterName,
        ...apiKeyKey,
      }),
    }),
    ...(tableName === undefined
      ? key('tableKey', 'TableKey', imports.tableKeyArn)
      : {
          table: dynamodb.TableV2.fromTableAttributes(scope, 'Table', {
            tableName,
            ...key('encryptionKey', 'TableKey', imports.tableKeyArn),
          }),
        }),
    ...(eventBusName !== undefined && {
      eventBus: events.EventBus.fromEventBusName(scope, 'EventBus', eventBusName),
    }),
    ...(webhookSecretArn !== undefined && {
      webhookSecret: secrets.Secret.fromSecretAttributes(scope, 'WebhookSecret', {
        secretCompleteArn: webhookSecretArn,
        ...webhookKey,
      }),
    }),
    ...key('logKey', 'LogKey', imports.logKeyArn),
    ...(alarmsTopicArn !== undefined && {
      alarmsTopic: sns.Topic.fromTopicArn(scope, 'AlarmsTopic', alarmsTopicArn),
    }),
  };
}

function apiKeySecretArnOf(scope: Construct, { apiKeySecretArn, apiKeySecretName }: Imports) {
  if (apiKeySecretArn !== undefined) return { secretCompleteArn: apiKeySecretArn };
  if (apiKeySecretName === undefined) return undefined;
  const secretPartialArn = Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: apiKeySecretName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return { secretPartialArn };
}
