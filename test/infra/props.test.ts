import { App, CfnParameter, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { describe, expect, it } from 'vitest';

import { InvalidSettingError } from '../../infra/check-props.ts';
import { FaceDetectionPoller } from '../../infra/poller.ts';
import type { FaceDetectionPollerProps } from '../../infra/props.ts';
import { FaceDetectionPollerStack } from '../../infra/stack.ts';
import { environmentOf, keyArn, newStack, synthesise, unbundled } from '../support/synthesis.ts';

describe('the props', () => {
  const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:crun-AbCdEf';

  it.each<[string, FaceDetectionPollerProps]>([
    [
      'baseUrl: must be an https URL (http on this machine only) without user name, query or fragment, not http://api.crun.ai',
      { baseUrl: 'http://api.crun.ai' },
    ],
    [
      'deadline: must be a whole number of seconds from 5 to 86400, not 172800 seconds',
      { deadline: Duration.days(2) },
    ],
    [
      'deadline: must be a whole number of seconds from 5 to 86400, not 5.5 seconds',
      { deadline: Duration.millis(5_500) },
    ],
    [
      'retention: must be a whole number of days from 1 to 3650, not 1.5 days',
      { retention: Duration.hours(36) },
    ],
    [
      'retention: must be a whole number of days from 1 to 3650, not 3651 days',
      { retention: Duration.days(3_651) },
    ],
    ['shards: must be a whole number from 1 to 64, not 0', { shards: 0 }],
    [
      "invocationBudget: must be a whole number of seconds from 1 to 225, which leaves 15 of the function's 240 for the last call, not 226 seconds",
      { invocationBudget: Duration.seconds(226) },
    ],
    [
      'rateLimit: must be 0 (no limit) or calls a second from 0.01 to 3000, not -1 a second',
      { rateLimit: -1 },
    ],
    [
      'removalPolicy: must be retain or destroy; a table does not support snapshot',
      { removalPolicy: RemovalPolicy.SNAPSHOT },
    ],
    [
      'retention of 1 days and deadline of 86400 seconds: a record must outlive its deadline',
      { retention: Duration.days(1), deadline: Duration.days(1) },
    ],
    [
      'deletionProtection true and removalPolicy destroy: a protected table cannot be destroyed with its stack',
      { deletionProtection: true, removalPolicy: RemovalPolicy.DESTROY },
    ],
  ])('are refused in one sentence: %s', (sentence, props) => {
    expect(() => new FaceDetectionPoller(newStack(), 'Poller', props)).toThrow(
      new InvalidSettingError(sentence),
    );
  });

  it('cannot name whom alarms tell where there are none', () => {
    const stack = newStack();
    const alarmsTopic = Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:123456789012:operators');
    expect(() => new FaceDetectionPoller(stack, 'Poller', { monitoring: false, alarmsTopic })).toThrow(
      'monitoring false and alarmsTopic arn:aws:sns:us-east-1:123456789012:operators: without alarms nothing notifies the topic',
    );
  });

  it('cannot name two places for the key', () => {
    const stack = newStack();
    const apiKeySecret = secrets.Secret.fromSecretCompleteArn(stack, 'Secret', secretArn);
    const apiKeyParameter = StringParameter.fromSecureStringParameterAttributes(stack, 'Parameter', {
      parameterName: '/crun/key',
    });
    expect(() => new FaceDetectionPoller(stack, 'Poller', { apiKeySecret, apiKeyParameter })).toThrow(
      `apiKeySecret ${secretArn} and apiKeyParameter /crun/key: only one can hold the API key`,
    );
    const created = new secrets.Secret(stack, 'Created');
    expect(() => new FaceDetectionPoller(stack, 'Other', { apiKeySecret: created, apiKeyParameter })).toThrow(
      'apiKeySecret Own/Created and apiKeyParameter /crun/key: only one can hold the API key',
    );
  });

  it('may be known only to the deployment', () => {
    const template = synthesise((stack) => {
      const number = (name: string) => new CfnParameter(stack, name, { type: 'Number' }).valueAsNumber;
      return {
        baseUrl: new CfnParameter(stack, 'Url').valueAsString,
        deadline: Duration.seconds(number('Deadline')),
        retention: Duration.days(number('Retention')),
        invocationBudget: Duration.seconds(number('Budget')),
        shards: number('Shards'),
        rateLimit: number('Rate'),
      };
    });
    expect(environmentOf(template)).toMatchObject({
      CRUN_BASE_URL: { Ref: 'Url' },
      DEADLINE_SECONDS: { Ref: 'Deadline' },
      RETENTION_DAYS: { Ref: 'Retention' },
      INVOCATION_BUDGET_SECONDS: { Ref: 'Budget' },
      SHARDS: { Ref: 'Shards' },
      RATE_LIMIT: { Ref: 'Rate' },
    });
  });
});

const outputsFor = (imports: object) => {
  const stack = new FaceDetectionPollerStack(new App(unbundled), 'Stack', { imports });
  return Template.fromStack(stack).toJSON()['Outputs'] as Record<string, { Value: unknown }>;
};

describe('what exists already', () => {
  it('is imported by the names that context gives, and told by the outputs', () => {
    expect(
      outputsFor({ apiKeyParameterName: '/crun/key', apiKeyEncryptionKeyArn: keyArn, tableKeyArn: keyArn }),
    ).toMatchObject({
      ApiKeyParameterName: { Value: '/crun/key' },
      ApiKeyEncryptionKeyArn: { Value: keyArn },
    });
    const bySecretName = outputsFor({ apiKeySecretName: 'crun' });
    expect(JSON.stringify(bySecretName['ApiKeySecretArn'])).toContain(':secret:crun"');
    expect(bySecretName).not.toHaveProperty('ApiKeyParameterName');
  });
});
