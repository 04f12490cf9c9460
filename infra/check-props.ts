/** Everything that is handed in at synthesis is checked here, before anything is created. */
import { type Duration, type IResource, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import * as z from 'zod/mini';

import { isBaseUrl } from '../functions/crun/endpoints.ts';
import { allowedHost } from '../functions/detection/callback-rule.ts';
import { DeadlineSeconds } from '../functions/detection/input.ts';
import { RecordRetentionDays, Shards } from '../functions/environment.ts';
import { FirstInvocationBudgetSeconds, LaterInvocationBudgetSeconds } from '../functions/poll/policy.ts';
import { RateLimit } from '../functions/rate-limit/limit.ts';
import type { FaceDetectionPollerProps } from './props.ts';

/** One sentence about a setting. */
export class InvalidSettingError extends Error {
  override readonly name = 'InvalidSettingError';
}

const urlRule =
  'must be an https URL (http on this machine only) without user name, query, fragment or blanks';
export const BaseUrl = z.string(urlRule).check(z.refine(isBaseUrl, urlRule));
const hostRule = 'must be host names such as hooks.example.com, or .example.com for all below it';
const CallbackHost = z.string(hostRule).check(z.refine((host) => allowedHost(host) !== undefined, hostRule));
const portRule = 'must be ports, whole numbers from 1 to 65535';
const CallbackPort = z.int(portRule).check(z.gte(1, portRule), z.lte(65_535, portRule));
export const CallbackHosts = z.array(CallbackHost, hostRule);
export const CallbackPorts = z.array(CallbackPort, portRule);
const prefixRule = 'must be at most 100 letters and digits';
const OutputPrefix = z.string(prefixRule).check(z.regex(/^[A-Za-z\d]{0,100}$/, prefixRule));
const rateRule = 'must be a positive number';
const RatePerSecond = z.number(rateRule).check(z.positive(rateRule));
const burstRule = 'must be a positive whole number';
const concurrencyRule = 'must be a whole number of at least 1';
export const ReservedConcurrency = z.int(concurrencyRule).check(z.gte(1, concurrencyRule));
const Burst = z.int(burstRule).check(z.positive(burstRule));

/** Tokens pass unchecked: their values are known to the deployment alone. */
export function checkProps(scope: Construct, props: FaceDetectionPollerProps): void {
  checkValues(props);
  checkContradictions(props);
  checkSecretNames(props);
  checkPlaces(Stack.of(scope), props);
}

function checkValues(props: FaceDetectionPollerProps): void {
  const { ratePerSecond, burst } = typeof props.api === 'object' ? props.api : {};
  check('baseUrl', BaseUrl, props.baseUrl);
  check('deadline', DeadlineSeconds, secondsOf(props.deadline), 'seconds');
  check('retention', RecordRetentionDays, daysOf(props.retention), 'days');
  check('shards', Shards, props.shards);
  check(
    'firstInvocationBudget',
    FirstInvocationBudgetSeconds,
    secondsOf(props.firstInvocationBudget),
    'seconds',
  );
  check(
    'laterInvocationBudget',
    LaterInvocationBudgetSeconds,
    secondsOf(props.laterInvocationBudget),
    'seconds',
  );
  check('reservedConcurrency', ReservedConcurrency, props.reservedConcurrency);
  check('rateLimit', RateLimit, props.rateLimit, 'a second');
  checkEach('callbackHosts', CallbackHost, props.callbackHosts);
  checkEach('callbackPorts', CallbackPort, props.callbackPorts);
  check('api.ratePerSecond', RatePerSecond, ratePerSecond);
  check('api.burst', Burst, burst);
  check('outputs.prefix', OutputPrefix, props.outputs?.prefix);
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT)
    refuse('removalPolicy: must be retain or destroy; a table does not support snapshot');
}

function checkContradictions(props: FaceDetectionPollerProps): void {
  const { apiKeySecret, apiKeyParameter, alarmsTopic } = props;
  if (apiKeySecret !== undefined && apiKeyParameter !== undefined) {
    const secret = shown(apiKeySecret.secretArn, apiKeySecret);
    const parameter = shown(apiKeyParameter.parameterName, apiKeyParameter);
    refuse(`apiKeySecret ${secret} and apiKeyParameter ${parameter}: only one can hold the API key`);
  }
  if (props.deletionProtection === true && props.removalPolicy === RemovalPolicy.DESTROY)
    refuse(
      'deletionProtection true and removalPolicy destroy: a protected table cannot be destroyed with its stack',
    );
  if (typeof props.api === 'object' && props.api.token === true && props.api.authorizer !== undefined)
    refuse('api.token true and api.authorizer: only one can authorize requests');
  if (props.monitoring === false && alarmsTopic !== undefined)
    refuse(
      `monitoring false and alarmsTopic ${shown(alarmsTopic.topicArn, alarmsTopic)}: without alarms nothing notifies the topic`,
    );
  for (const prop of ['tableKey', 'pointInTimeRecovery', 'deletionProtection'] as const)
    if (props.table !== undefined && props[prop] !== undefined)
      refuse(`table and ${prop}: an existing table keeps its own settings`);
  for (const prop of ['vpcSubnets', 'securityGroups'] as const)
    if (props.vpc === undefined && props[prop] !== undefined) refuse(`${prop}: needs a vpc`);
  const [days, seconds] = [daysOf(props.retention), secondsOf(props.deadline)];
  if (days !== undefined && seconds !== undefined && days * 86_400 <= seconds)
    refuse(
      `retention of ${days} days and deadline of ${seconds} seconds: a record must outlive its deadline`,
    );
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
    checkPlace(`${prop}.encryptionKey`, secret?.encryptionKey, ['region']);
  }
  const { tableKey, logKey, alarmsTopic } = props;
  for (const [prop, resource] of Object.entries({ tableKey, logKey, alarmsTopic }))
    checkPlace(prop, resource, ['region']);
  const { parameterName, parameterArn } = apiKeyParameter ?? {
    parameterName: '',
    parameterArn: ':parameter/',
  };
  if (
    !Token.isUnresolved(parameterName) &&
    !parameterArn.endsWith(`:parameter/${parameterName.replace(/^\//, '')}`)
  )
    refuse(
      `apiKeyParameter ${parameterArn}: was imported as ${parameterName}; import it by its name, which has to be in the stack's account`,
    );
}

/** Lambda's limit for all variables of a function together, names included. */
const maxEnvironmentBytes = 4_096;

/** Counts what is known at synthesis: only the deployment knows how long a reference becomes. */
export function checkEnvironmentSize(module: string, environment: Readonly<Record<string, string>>): void {
  const sizes = Object.entries(environment).map(([name, value]) => ({
    name,
    bytes: Buffer.byteLength(name) + Buffer.byteLength(value.replaceAll(/\$\{Token\[.*?\]\}/g, '')),
  }));
  const bytes = sizes.reduce((sum, each) => sum + each.bytes, 0);
  if (bytes <= maxEnvironmentBytes) return;
  const [longest] = sizes.toSorted((a, b) => b.bytes - a.bytes);
  refuse(
    `${module}: its environment has ${bytes} bytes, most of them in ${longest?.name}; Lambda takes ${maxEnvironmentBytes}`,
  );
}

const refuse = (sentence: string): never => {
  throw new InvalidSettingError(sentence);
};

function check(prop: string, schema: z.ZodMiniType, value: string | number | undefined, unit = ''): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    refuse(`${prop}: ${parsed.error.issues[0]?.message}, not ${`${value} ${unit}`.trim()}`);
}

function checkEach(
  prop: string,
  schema: z.ZodMiniType,
  values: readonly (string | number)[] | undefined,
): void {
  if (values === undefined || Token.isUnresolved(values)) return;
  if (values.length === 0) refuse(`${prop}: must not be empty; leave it out for the default`);
  for (const value of values) check(prop, schema, value);
}

const secondsOf = (duration: Duration | undefined): number | undefined =>
  duration?.isUnresolved() ? undefined : duration?.toSeconds({ integral: false });
const daysOf = (duration: Duration | undefined): number | undefined =>
  duration?.isUnresolved() ? undefined : duration?.toDays({ integral: false });

/** The path of the construct where only the deployment knows its name. */
const shown = (name: string, construct: IConstruct): string =>
  Token.isUnresolved(name) ? construct.node.path : name;
