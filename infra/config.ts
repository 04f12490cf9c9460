import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';

import { DeadlineSeconds, firstFault } from '../functions/detection.ts';
import type { FaceDetectionPollerProps } from './face-detection-poller.ts';

const loopback = ['localhost', '127.0.0.1', '[::1]'];

const nameRule = 'must be letters, digits and "-", a letter first';
const StackName = z.string(nameRule).check(z.regex(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, nameRule));

const urlRule = 'must be an https URL (http on this machine only)';
const BaseUrl = z.string(urlRule).check(
  z.refine((text) => {
    const url = URL.parse(text);
    return url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.includes(url.hostname));
  }, urlRule),
);

const retentionRule = 'must be a whole number of days from 1 to 3650';
const RecordRetention = z.int(retentionRule).check(z.gte(1, retentionRule), z.lte(3_650, retentionRule));

/** CloudWatch takes certain numbers of days only; to keep logs for ever is no choice here. */
const finite = Object.values(RetentionDays).filter(
  (days) => days !== RetentionDays.INFINITE && typeof days === 'number',
);
const logRule = `must be a number of days that CloudWatch knows: ${finite.join(', ')}`;
const LogRetention = z
  .enum(RetentionDays, logRule)
  .check(z.refine((days) => days !== RetentionDays.INFINITE, logRule));

const removalPolicies = { retain: RemovalPolicy.RETAIN, destroy: RemovalPolicy.DESTROY };

/** `-c name=value` gives text, `cdk.json` may give numbers. */
const ToNumber = z.transform(Number);

const Context = z.strictObject({
  stackName: z.optional(StackName),
  baseUrl: z.optional(BaseUrl),
  deadlineSeconds: z.optional(z.pipe(ToNumber, DeadlineSeconds)),
  retentionDays: z.optional(z.pipe(ToNumber, RecordRetention)),
  logRetentionDays: z.optional(z.pipe(ToNumber, LogRetention)),
  removalPolicy: z.optional(z.enum(['retain', 'destroy'], 'must be retain or destroy')),
});

export interface Config extends FaceDetectionPollerProps {
  readonly stackName: string;
}

/** Turns the context of a synthesis into props; what it does not know or cannot use is refused in one sentence. */
export function readConfig(context: unknown): Config {
  const all = z.record(z.string(), z.unknown()).parse(context);
  // The CDK's own names carry a colon or a slash. Ours do not, so that a mistyped one is noticed.
  const own = Object.entries(all).filter(([name]) => !/[:/]/.test(name));
  const parsed = Context.safeParse(Object.fromEntries(own), { reportInput: true });
  if (!parsed.success) throw new Error(firstFault(parsed.error, 'context'));
  const { stackName = 'FaceDetectionPoller', baseUrl, deadlineSeconds, retentionDays, ...rest } = parsed.data;
  const { logRetentionDays, removalPolicy } = rest;
  return {
    stackName,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(deadlineSeconds !== undefined && { deadline: Duration.seconds(deadlineSeconds) }),
    ...(retentionDays !== undefined && { retention: Duration.days(retentionDays) }),
    ...(logRetentionDays !== undefined && { logRetention: logRetentionDays }),
    ...(removalPolicy !== undefined && { removalPolicy: removalPolicies[removalPolicy] }),
  };
}
