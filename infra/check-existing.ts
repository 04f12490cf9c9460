/** What exists already and is handed in: whether functions, alarms and IAM can reach it there, under its name. */
import { type IResource, Stack, Token } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IStringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';

import { refuse } from './invalid-setting.ts';
import type { FaceDetectionPollerProps } from './props.ts';

export function checkExisting(scope: Construct, props: FaceDetectionPollerProps): void {
  checkSecretNames(props);
  checkPlaces(Stack.of(scope), props);
  checkKeys(props);
  const { alarmsTopic, eventBus } = props;
  if (alarmsTopic?.fifo === true)
    refuse('alarmsTopic: is a FIFO topic, which no alarm can notify; use a standard topic');
  if (eventBus?.eventBusName.startsWith('aws.partner/') === true)
    refuse(`eventBus ${eventBus.eventBusName}: takes events of its partner alone; use a bus of this account`);
}

const archiveOf = ({ archive }: FaceDetectionPollerProps) => (typeof archive === 'object' ? archive : {});

const keysOf = (props: FaceDetectionPollerProps): Record<string, IKey | undefined> => ({
  tableKey: props.tableKey,
  logKey: props.logKey,
  'apiKeySecret.encryptionKey': props.apiKeySecret?.encryptionKey,
  'webhookSecret.encryptionKey': props.webhookSecret?.encryptionKey,
  'archive.encryptionKey': archiveOf(props).encryptionKey,
});

/** IAM grants nothing on an alias, and CloudWatch Logs takes none. */
function checkKeys(props: FaceDetectionPollerProps): void {
  for (const [prop, encryptionKey] of Object.entries(keysOf(props)))
    if (encryptionKey?.keyArn.includes(':alias/') === true)
      refuse(`${prop}: is an alias, on which IAM grants nothing; pass the key that it stands for`);
}

/** An imported secret is passed as a partial ARN if its name is all that is known. */
function checkSecretNames({ apiKeySecret, webhookSecret }: FaceDetectionPollerProps): void {
  for (const [prop, secret] of Object.entries({ apiKeySecret, webhookSecret })) {
    if (secret === undefined || secret.secretFullArn !== undefined) continue;
    // Not `secretName`, from which the CDK takes those six characters off.
    const [, name = ''] = secret.secretArn.split(':secret:');
    if (/-[A-Za-z\d]{6}$/.test(name))
      refuse(
        `${prop} ${name}: Secrets Manager takes the last six characters for those that it appends to an ARN; import this secret by its complete ARN`,
      );
  }
}

/** What is passed on by name means a resource of the stack's own account; an ARN can name one of another. */
function checkPlaces(stack: Stack, props: FaceDetectionPollerProps): void {
  const { eventBus, apiKeyParameter, table, apiKeySecret, webhookSecret } = props;
  const places = ['account', 'region'] as const;
  const checkPlace = (
    prop: string,
    resource: IResource | undefined,
    parts: readonly (typeof places)[number][],
  ) => {
    for (const part of parts) {
      const [theirs, ours] = [resource?.env[part], stack[part]];
      if (theirs === undefined || Token.isUnresolved(theirs) || Token.isUnresolved(ours)) continue;
      if (theirs !== ours)
        refuse(`${prop}: is in ${part} ${theirs}, but the stack is in ${ours}; use one of the same ${part}`);
    }
  };
  for (const [prop, resource] of Object.entries({ eventBus, apiKeyParameter, table }))
    checkPlace(prop, resource, places);
  for (const [prop, secret] of Object.entries({ apiKeySecret, webhookSecret })) {
    checkPlace(prop, secret, secret?.secretFullArn === undefined ? places : ['region']);
  }
  const { alarmsTopic, vpc } = props;
  const others = { ...keysOf(props), alarmsTopic, vpc, 'archive.bucket': archiveOf(props).bucket };
  for (const [prop, resource] of Object.entries(others)) checkPlace(prop, resource, ['region']);
  checkParameter(stack, apiKeyParameter);
}

/** The functions ask for it by its name; the CDK does not take the account from its ARN. */
function checkParameter(stack: Stack, parameter: IStringParameter | undefined): void {
  if (parameter === undefined) return;
  const { parameterName, parameterArn } = parameter;
  const account = parameterArn.split(':')[4] ?? '';
  const isForeign = /^\d+$/.test(account) && !Token.isUnresolved(stack.account) && account !== stack.account;
  const isOther =
    !Token.isUnresolved(parameterName) &&
    !parameterArn.endsWith(`:parameter/${parameterName.replace(/^\//, '')}`);
  if (isForeign || isOther)
    refuse(
      `apiKeyParameter ${parameterArn}: was imported as ${parameterName}; import it by its name, which has to be in the stack's account`,
    );
}
