import { type Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import * as z from 'zod/mini';

import { DeadlineSeconds } from '../functions/detection/input.ts';
import { RecordRetentionDays, Shards } from '../functions/environment.ts';
import { InvocationBudgetSeconds } from '../functions/poll/policy.ts';
import { RateLimit } from '../functions/rate-limit/limit.ts';
import type { FaceDetectionPollerProps } from './props.ts';

/** One sentence about a setting. */
export class InvalidSettingError extends Error {
  override readonly name = 'InvalidSettingError';
}

const urlRule = 'must be an https URL (http on this machine only) without user name, query or fragment';
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);
/** Every request carries the key, so only this machine may be reached without TLS. */
export const BaseUrl = z.string(urlRule).check(
  z.refine((text) => {
    const url = URL.parse(text);
    // The URL is printed as an output, and paths are appended to it.
    if (url === null || `${url.username}${url.password}${url.search}${url.hash}` !== '') return false;
    return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname));
  }, urlRule),
);

const hostsRule = 'must be host names such as hooks.example.com, or .example.com for all below it';
/** `.example.com` stands for every name below it. The environment holds the list with commas. */
export const CallbackHosts = z
  .array(z.string(hostsRule).check(z.regex(/^\.?([a-z\d-]+\.)+[a-z\d-]+$/, hostsRule)), hostsRule)
  .check(z.minLength(1, hostsRule));
const portsRule = 'must be ports, whole numbers from 1 to 65535';
export const CallbackPorts = z
  .array(z.int(portsRule).check(z.gte(1, portsRule), z.lte(65_535, portsRule)), portsRule)
  .check(z.minLength(1, portsRule));

/** Rejects invalid and contradictory settings before anything is created. Tokens pass unchecked. */
export function checkProps(props: FaceDetectionPollerProps): void {
  const { apiKeySecret, apiKeyParameter, baseUrl, shards, deletionProtection, removalPolicy } = props;
  const deadlineSeconds = known(props.deadline)?.toSeconds({ integral: false });
  const retentionDays = known(props.retention)?.toDays({ integral: false });
  const invocationBudgetSeconds = known(props.invocationBudget)?.toSeconds({ integral: false });
  check('baseUrl', BaseUrl, baseUrl);
  check('deadline', DeadlineSeconds, deadlineSeconds, 'seconds');
  check('retention', RecordRetentionDays, retentionDays, 'days');
  check('shards', Shards, shards);
  check('invocationBudget', InvocationBudgetSeconds, invocationBudgetSeconds, 'seconds');
  check('rateLimit', RateLimit, props.rateLimit, 'a second');
  check('callbackHosts', CallbackHosts, props.callbackHosts);
  check('callbackPorts', CallbackPorts, props.callbackPorts);
  if (removalPolicy === RemovalPolicy.SNAPSHOT) {
    refuse('removalPolicy: must be retain or destroy; a table does not support snapshot');
  }

  if (apiKeySecret !== undefined && apiKeyParameter !== undefined) {
    const [secret, parameter] = [apiKeySecret.secretArn, apiKeyParameter.parameterName];
    refuse(
      `apiKeySecret ${shown(secret, apiKeySecret)} and apiKeyParameter ${shown(parameter, apiKeyParameter)}: only one can hold the API key`,
    );
  }
  if (deletionProtection === true && removalPolicy === RemovalPolicy.DESTROY) {
    refuse(
      'deletionProtection true and removalPolicy destroy: a protected table cannot be destroyed with its stack',
    );
  }
  if (props.monitoring === false && props.alarmsTopic !== undefined) {
    const topic = shown(props.alarmsTopic.topicArn, props.alarmsTopic);
    refuse(`monitoring false and alarmsTopic ${topic}: without alarms nothing notifies the topic`);
  }
  if (
    deadlineSeconds !== undefined &&
    retentionDays !== undefined &&
    retentionDays * 86_400 <= deadlineSeconds
  ) {
    refuse(
      `retention of ${retentionDays} days and deadline of ${deadlineSeconds} seconds: a record must outlive its deadline`,
    );
  }
}

const refuse = (sentence: string): never => {
  throw new InvalidSettingError(sentence);
};

function check(
  prop: string,
  schema: z.ZodMiniType,
  value: string | number | readonly (string | number)[] | undefined,
  unit = '',
): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    refuse(`${prop}: ${parsed.error.issues[0]?.message}, not ${`${[value].flat().join()} ${unit}`.trim()}`);
}

const known = (duration: Duration | undefined): Duration | undefined =>
  duration?.isUnresolved() ? undefined : duration;

/** The path of the construct where only the deployment knows its name. */
const shown = (name: string, construct: IConstruct): string =>
  Token.isUnresolved(name) ? construct.node.path : name;
