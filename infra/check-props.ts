/** Everything that is handed in at synthesis is checked here, before anything is created. */
import { type Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';
import * as z from 'zod/mini';

import { isBaseUrl } from '../functions/crun/endpoints.ts';
import { allowedHost } from '../functions/detection/callback-rule.ts';
import { DeadlineSeconds } from '../functions/detection/input.ts';
import { workflowTypes } from '../functions/detection/types.ts';
import { RecordRetentionDays, Shards } from '../functions/environment.ts';
import { FirstInvocationBudgetSeconds, LaterInvocationBudgetSeconds } from '../functions/poll/policy.ts';
import { RateLimit } from '../functions/rate-limit/limit.ts';
import { checkExisting } from './check-existing.ts';
import { refuse } from './invalid-setting.ts';
import type { FaceDetectionPollerProps } from './props.ts';

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
export const WorkflowTypeName = z.enum(workflowTypes, 'must be STANDARD or EXPRESS');
const logRule = 'must be a number of days that CloudWatch supports, of RetentionDays';
const LogRetention = z.enum(RetentionDays, logRule);
const Burst = z.int(burstRule).check(z.positive(burstRule));

/** Tokens pass unchecked: their values are known to the deployment alone. */
export function checkProps(scope: Construct, props: FaceDetectionPollerProps): void {
  checkValues(props);
  checkContradictions(props);
  checkExisting(scope, props);
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
  check('workflowType', WorkflowTypeName, props.workflowType);
  check('logRetention', LogRetention, props.logRetention);
  checkFlags(props);
  const { vpc, securityGroups } = props;
  if (
    vpc !== undefined &&
    securityGroups !== undefined &&
    (securityGroups.length === 0 || securityGroups.length > 5)
  )
    refuse(`securityGroups: must be 1 to 5, not ${securityGroups.length}; leave them out for a new one`);
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT)
    refuse('removalPolicy: must be retain or destroy; a table does not support snapshot');
}

/** A caller in JavaScript may write "false", which is no falsehood. */
function checkFlags(props: FaceDetectionPollerProps): void {
  const { experimentalVideo, pointInTimeRecovery, deletionProtection, tracing, debugLogs, monitoring } =
    props;
  const { api, archive, outputs } = props;
  const flags: Record<string, unknown> = {
    experimentalVideo,
    pointInTimeRecovery,
    deletionProtection,
    tracing,
    debugLogs,
    monitoring,
    ...(typeof api === 'object' ? { 'api.token': api.token } : { api }),
    ...(typeof archive !== 'object' && { archive }),
    'outputs.exported': outputs?.exported,
  };
  for (const [prop, flag] of Object.entries(flags))
    if (flag !== undefined && typeof flag !== 'boolean')
      refuse(`${prop}: must be true or false, not ${JSON.stringify(flag)}`);
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
  if (typeof props.archive === 'object' && props.archive.bucket && props.archive.encryptionKey)
    refuse('archive.bucket and archive.encryptionKey: an existing bucket keeps its own settings');
  const [days, seconds] = [daysOf(props.retention), secondsOf(props.deadline)];
  if (days !== undefined && seconds !== undefined && days * 86_400 <= seconds)
    refuse(
      `retention of ${days} days and deadline of ${seconds} seconds: a record must outlive its deadline`,
    );
}

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
