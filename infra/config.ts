import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';

import { DeadlineSeconds, firstFault } from '../functions/detection/input.ts';
import { workflowTypes } from '../functions/detection/types.ts';
import { RecordRetentionDays, Shards } from '../functions/environment.ts';
import { InvocationBudgetSeconds } from '../functions/poll/policy.ts';
import { RateLimit } from '../functions/rate-limit/limit.ts';
import { BaseUrl, CallbackHosts, CallbackPorts, InvalidSettingError } from './check-props.ts';
import type { Imports } from './imports.ts';
import type { FaceDetectionPollerProps } from './props.ts';

const nameRule = 'must be letters, digits and "-", a letter first';
const StackName = z.string(nameRule).check(z.regex(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, nameRule));

/** CloudWatch takes certain numbers of days only. Keeping logs forever is not offered. */
const finite = Object.values(RetentionDays).filter(
  (days) => days !== RetentionDays.INFINITE && typeof days === 'number',
);
const logRule = `must be a number of days that CloudWatch supports: ${finite.join(', ')}`;
const LogRetention = z
  .enum(RetentionDays, logRule)
  .check(z.refine((days) => days !== RetentionDays.INFINITE, logRule));

const removalPolicies = { retain: RemovalPolicy.RETAIN, destroy: RemovalPolicy.DESTROY };

/** `-c name=value` gives text, `cdk.json` may give numbers and booleans. */
const ToNumber = z.transform((value) =>
  typeof value === 'string' && !/^-?\d+(\.\d+)?$/.test(value) ? Number.NaN : Number(value),
);
const ToBoolean = z.transform((value) => (value === 'true' || value === 'false' ? value === 'true' : value));
const Flag = z.pipe(ToBoolean, z.boolean('must be true or false'));

/** Region and account may differ from the stack's; a typing error shows in the service or the form. */
const arnOf = (service: string, resource: string, example: string) =>
  z
    .string(`must be an ARN such as ${example}`)
    .check(
      z.regex(
        new RegExp(`^arn:[\\w-]+:${service}:[\\w-]+:\\d{12}:${resource}$`),
        `must be an ARN such as ${example}`,
      ),
    );
const KeyArn = arnOf('kms', 'key/[\\w-]+', 'arn:aws:kms:us-east-1:123456789012:key/0123abcd');
const SecretArn = arnOf(
  'secretsmanager',
  'secret:[\\w/+=.@-]+-\\w{6}',
  'arn:aws:secretsmanager:us-east-1:123456789012:secret:crun-AbCdEf',
);
const TopicArn = arnOf('sns', '[\\w-]+', 'arn:aws:sns:us-east-1:123456789012:operators');
const BusName = z
  .string('must be the name of an event bus')
  .check(z.regex(/^[\w.\-/]{1,256}$/, 'must be the name of an event bus'));
/** Commas on the command line, lists in `cdk.json`. */
const ToList = z.transform((value) => (typeof value === 'string' ? value.split(',') : value));
const ToNumbers = z.transform((value) =>
  typeof value === 'string' ? value.split(',').map(Number) : typeof value === 'number' ? [value] : value,
);
const secretNameRule = 'must be 1 to 512 letters, digits or "/_+=.@-"';
const SecretName = z.string(secretNameRule).check(z.regex(/^[\w/+=.@-]{1,512}$/, secretNameRule));
const parameterNameRule = 'must be letters, digits or "_.-/", and begin with "/" if it contains one';
const ParameterName = z
  .string(parameterNameRule)
  .check(z.regex(/^(\/[\w.-]+)+$|^[\w.-]+$/, parameterNameRule), z.maxLength(1_011, parameterNameRule));

const Context = z.strictObject({
  stackName: z.optional(StackName),
  baseUrl: z.optional(BaseUrl),
  apiKeySecretArn: z.optional(SecretArn),
  apiKeySecretName: z.optional(SecretName),
  apiKeyParameterName: z.optional(ParameterName),
  apiKeyEncryptionKeyArn: z.optional(KeyArn),
  deadlineSeconds: z.optional(z.pipe(ToNumber, DeadlineSeconds)),
  workflowType: z.optional(z.enum(workflowTypes, 'must be STANDARD or EXPRESS')),
  invocationBudgetSeconds: z.optional(z.pipe(ToNumber, InvocationBudgetSeconds)),
  rateLimit: z.optional(z.pipe(ToNumber, RateLimit)),
  retentionDays: z.optional(z.pipe(ToNumber, RecordRetentionDays)),
  shards: z.optional(z.pipe(ToNumber, Shards)),
  tableKeyArn: z.optional(KeyArn),
  pointInTimeRecovery: z.optional(Flag),
  deletionProtection: z.optional(Flag),
  eventBusName: z.optional(BusName),
  webhookSecretArn: z.optional(SecretArn),
  callbackHosts: z.optional(z.pipe(ToList, CallbackHosts)),
  callbackPorts: z.optional(z.pipe(ToNumbers, CallbackPorts)),
  logRetentionDays: z.optional(z.pipe(ToNumber, LogRetention)),
  api: z.optional(Flag),
  monitoring: z.optional(Flag),
  alarmsTopicArn: z.optional(TopicArn),
  removalPolicy: z.optional(z.enum(['retain', 'destroy'], 'must be retain or destroy')),
});

export interface Config extends FaceDetectionPollerProps {
  readonly stackName: string;
  readonly imports: Imports;
}

/** Turns the context of a synthesis into props, or throws one sentence about what it cannot use. */
export function readConfig(context: unknown): Config {
  const all = z.record(z.string(), z.unknown()).parse(context);
  // The CDK's own names carry a colon or a slash. Ours do not, so that a mistyped one is noticed.
  const own = Object.entries(all).filter(([name]) => !/[:/]/.test(name));
  const parsed = Context.safeParse(Object.fromEntries(own), { reportInput: true });
  if (!parsed.success) throw new InvalidSettingError(firstFault(parsed.error, 'context'));
  const { stackName = 'FaceDetectionPoller', baseUrl, shards, ...settings } = parsed.data;
  const { pointInTimeRecovery, deletionProtection, monitoring } = settings;
  const { retentionDays, logRetentionDays, removalPolicy } = settings;
  const { apiKeySecretArn, apiKeySecretName, apiKeyParameterName } = settings;
  const { apiKeyEncryptionKeyArn, tableKeyArn, alarmsTopicArn, eventBusName, webhookSecretArn } = settings;
  const imports = {
    apiKeySecretArn,
    apiKeySecretName,
    apiKeyParameterName,
    apiKeyEncryptionKeyArn,
    tableKeyArn,
    alarmsTopicArn,
    eventBusName,
    webhookSecretArn,
  };
  checkImports(imports);
  return {
    stackName,
    imports: given(imports),
    ...given({
      baseUrl,
      shards,
      rateLimit: settings.rateLimit,
      pointInTimeRecovery,
      deletionProtection,
      api: settings.api,
      monitoring,
      callbackHosts: settings.callbackHosts,
      callbackPorts: settings.callbackPorts,
      deadline: seconds(settings.deadlineSeconds),
      workflowType: settings.workflowType,
      invocationBudget: seconds(settings.invocationBudgetSeconds),
      retention: retentionDays === undefined ? undefined : Duration.days(retentionDays),
      logRetention: logRetentionDays,
      removalPolicy: removalPolicy && removalPolicies[removalPolicy],
    }),
  };
}

/** Only one store can hold the key. The construct receives imported constructs, so the names are compared here. */
function checkImports(imports: Given<Imports>): void {
  const { apiKeyEncryptionKeyArn, apiKeySecretArn, apiKeySecretName, apiKeyParameterName } = imports;
  const places = { apiKeySecretArn, apiKeySecretName, apiKeyParameterName };
  const named = Object.entries(places).filter(([, value]) => value !== undefined);
  if (named.length > 1) {
    const names = named.map(([name, value]) => `${name} ${value}`).join(' and ');
    throw new InvalidSettingError(`${names}: only one can hold the API key`);
  }
  if (apiKeyEncryptionKeyArn !== undefined && named.length === 0) {
    throw new InvalidSettingError(
      `apiKeyEncryptionKeyArn ${apiKeyEncryptionKeyArn}: needs apiKeySecretArn, apiKeySecretName or apiKeyParameterName, which it encrypts`,
    );
  }
}

type Given<T> = { [Name in keyof T]?: T[Name] | undefined };

/** Drops absent settings, so that the construct's defaults apply. */
function given<T extends object>(values: Given<T>): Partial<T> {
  const said = Object.entries(values).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(said) as Partial<T>;
}

const seconds = (amount: number | undefined): Duration | undefined =>
  amount === undefined ? undefined : Duration.seconds(amount);
