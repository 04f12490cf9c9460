import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';

import { DeadlineSeconds, firstFault } from '../functions/detection/input.ts';
import { RecordRetentionDays, Shards } from '../functions/environment.ts';
import { FirstInvocationBudgetSeconds, LaterInvocationBudgetSeconds } from '../functions/poll/policy.ts';
import { RateLimit } from '../functions/rate-limit/limit.ts';
import {
  BaseUrl,
  CallbackHosts,
  CallbackPorts,
  ReservedConcurrency,
  WorkflowTypeName,
} from './check-props.ts';
import { Imports } from './imports.ts';
import { InvalidSettingError } from './invalid-setting.ts';
import { rejectMisspelling } from './misspelling.ts';
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
const numberOf = (value: unknown): number => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
};
const ToNumber = z.transform(numberOf);
const ToBoolean = z.transform((value) => (value === 'true' || value === 'false' ? value === 'true' : value));
const Flag = z.pipe(ToBoolean, z.boolean('must be true or false'));
/** Commas on the command line, lists in `cdk.json`. */
const ToList = z.transform((value) =>
  typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value,
);
const ToNumbers = z.transform((value) => {
  if (typeof value === 'string') return value.split(',').map((part) => numberOf(part.trim()));
  if (typeof value === 'number') return [value];
  return Array.isArray(value) ? value.map(numberOf) : value;
});

const Settings = z.object({
  stackName: z.optional(StackName),
  baseUrl: z.optional(BaseUrl),
  deadlineSeconds: z.optional(z.pipe(ToNumber, DeadlineSeconds)),
  workflowType: z.optional(WorkflowTypeName),
  firstInvocationBudgetSeconds: z.optional(z.pipe(ToNumber, FirstInvocationBudgetSeconds)),
  laterInvocationBudgetSeconds: z.optional(z.pipe(ToNumber, LaterInvocationBudgetSeconds)),
  reservedConcurrency: z.optional(z.pipe(ToNumber, ReservedConcurrency)),
  rateLimit: z.optional(z.pipe(ToNumber, RateLimit)),
  experimentalVideo: z.optional(Flag),
  retentionDays: z.optional(z.pipe(ToNumber, RecordRetentionDays)),
  shards: z.optional(z.pipe(ToNumber, Shards)),
  pointInTimeRecovery: z.optional(Flag),
  deletionProtection: z.optional(Flag),
  callbackHosts: z.optional(z.pipe(ToList, CallbackHosts)),
  callbackPorts: z.optional(z.pipe(ToNumbers, CallbackPorts)),
  logRetentionDays: z.optional(z.pipe(ToNumber, LogRetention)),
  tracing: z.optional(Flag),
  debugLogs: z.optional(Flag),
  api: z.optional(Flag),
  apiToken: z.optional(Flag),
  archive: z.optional(Flag),
  monitoring: z.optional(Flag),
  removalPolicy: z.optional(z.enum(['retain', 'destroy'], 'must be retain or destroy')),
});

export const contextKeys = [...Object.keys(Settings.shape), ...Object.keys(Imports.shape)];

export interface Config extends FaceDetectionPollerProps {
  readonly stackName: string;
  readonly imports: Imports;
}

/** Turns the context of a synthesis into props, or throws one sentence about what it cannot use. */
export function readConfig(context: unknown, files?: readonly string[]): Config {
  const all = z.record(z.string(), z.unknown()).parse(context);
  rejectMisspelling(Object.keys(all), contextKeys, files);
  const imports = given(parse(Imports, all));
  checkImports(imports);
  const { stackName = 'FaceDetectionPoller', ...settings } = parse(Settings, all);
  const { deadlineSeconds, firstInvocationBudgetSeconds, laterInvocationBudgetSeconds, ...rest } = settings;
  const { retentionDays, ...more } = rest;
  const { logRetentionDays, removalPolicy, api, apiToken, ...props } = more;
  return {
    stackName,
    imports,
    ...given({
      ...props,
      api: apiOf(api, apiToken),
      deadline: durationOf(deadlineSeconds, 'seconds'),
      firstInvocationBudget: durationOf(firstInvocationBudgetSeconds, 'seconds'),
      laterInvocationBudget: durationOf(laterInvocationBudgetSeconds, 'seconds'),
      retention: durationOf(retentionDays, 'days'),
      logRetention: logRetentionDays,
      removalPolicy: removalPolicy && removalPolicies[removalPolicy],
    }),
  };
}

function parse<Schema extends z.ZodMiniType>(schema: Schema, context: object): z.infer<Schema> {
  const parsed = schema.safeParse(context, { reportInput: true });
  if (!parsed.success) throw new InvalidSettingError(firstFault(parsed.error, 'context'));
  return parsed.data;
}

/** Only one store can hold the key, and a key encrypts something. */
function checkImports(imports: Imports): void {
  const { apiKeySecretArn, apiKeySecretName, apiKeyParameterName } = imports;
  const stores = given({ apiKeySecretArn, apiKeySecretName, apiKeyParameterName });
  const named = Object.entries(stores).map(([name, value]) => `${name} ${value}`);
  if (named.length > 1)
    throw new InvalidSettingError(`${named.join(' and ')}: only one can hold the API key`);
  const { apiKeyEncryptionKeyArn, webhookSecretArn, webhookSecretEncryptionKeyArn } = imports;
  if (apiKeyEncryptionKeyArn !== undefined && named.length === 0)
    throw new InvalidSettingError(
      `apiKeyEncryptionKeyArn ${apiKeyEncryptionKeyArn}: needs apiKeySecretArn, apiKeySecretName or apiKeyParameterName, which it encrypts`,
    );
  if (webhookSecretEncryptionKeyArn !== undefined && webhookSecretArn === undefined)
    throw new InvalidSettingError(
      `webhookSecretEncryptionKeyArn ${webhookSecretEncryptionKeyArn}: needs webhookSecretArn, which it encrypts`,
    );
}

/** A token is for an API. */
function apiOf(api: boolean | undefined, token: boolean | undefined): FaceDetectionPollerProps['api'] {
  if (token !== true) return api;
  if (api === false) throw new InvalidSettingError('apiToken true and api false: a token opens the HTTP API');
  return { token };
}

/** Drops absent settings, so that the construct's defaults apply. */
function given<T extends object>(values: { [Name in keyof T]?: T[Name] | undefined }): Partial<T> {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(present) as Partial<T>;
}

const durationOf = (amount: number | undefined, unit: 'seconds' | 'days'): Duration | undefined =>
  amount === undefined ? undefined : Duration[unit](amount);
