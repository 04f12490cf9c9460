import { App, CfnParameter, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { describe, expect, it } from 'vitest';

import { createApp } from '../../infra/create-app.ts';
import { InvalidSettingError } from '../../infra/invalid-setting.ts';
import { FaceDetectionPoller } from '../../infra/poller.ts';
import type { FaceDetectionPollerProps } from '../../infra/props.ts';
import { FaceDetectionPollerStack } from '../../infra/stack.ts';
import { allowed, environmentOf, keyArn, newStack, synthesise, unbundled } from '../support/synthesis.ts';

const arn = (service: string, resource: string, region = 'us-east-1') =>
  `arn:aws:${service}:${region}:999999999999:${resource}`;
/** In a stack that knows its account and region. */
const placed = (): Stack =>
  new Stack(createApp(unbundled), 'Own', { env: { account: '1'.repeat(12), region: 'us-east-1' } });
const environmentWith = (
  props: (parameters: { list: string[]; host: string; port: number }) => FaceDetectionPollerProps,
) =>
  environmentOf(
    synthesise((stack) =>
      props({
        list: new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList,
        host: Fn.importValue('host'),
        port: new CfnParameter(stack, 'Port', { type: 'Number' }).valueAsNumber,
      }),
    ),
  );

const hostsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => `${index}.hooks.example.com`.padStart(24, 'x'));

describe('the props', () => {
  const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:crun-AbCdEf';

  it.each<[string, FaceDetectionPollerProps]>([
    [
      'baseUrl: must be an https URL (http on this machine only) without user name, query, fragment or blanks, not http://api.crun.ai',
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
      "firstInvocationBudget: must be a whole number of seconds from 1 to 225, which leaves 30 of the function's 255 for the last call, not 226 seconds",
      { firstInvocationBudget: Duration.seconds(226) },
    ],
    [
      'rateLimit: must be 0 (no limit) or calls a second from 0.01 to 3000, not -1 a second',
      { rateLimit: -1 },
    ],
    [
      'removalPolicy: must be retain or destroy; a table does not support snapshot',
      { removalPolicy: RemovalPolicy.SNAPSHOT },
    ],
    ...[0, -1, Number.NaN, Infinity].map((ratePerSecond): [string, FaceDetectionPollerProps] => [
      `api.ratePerSecond: must be a positive number, not ${ratePerSecond}`,
      { api: { ratePerSecond } },
    ]),
    ['api.burst: must be a positive whole number, not 1.5', { api: { burst: 1.5 } }],
    ['callbackHosts: must not be empty; leave it out for the default', { callbackHosts: [] }],
    [
      'callbackHosts: must be host names such as hooks.example.com, or .example.com for all below it, not localhost',
      { callbackHosts: ['hooks.example.com', 'localhost'] },
    ],
    ['callbackPorts: must be ports, whole numbers from 1 to 65535, not 0', { callbackPorts: [443, 0] }],
    [
      'retention of 1 days and deadline of 86400 seconds: a record must outlive its deadline',
      { retention: Duration.days(1), deadline: Duration.days(1) },
    ],
    ['securityGroups: needs a vpc', { securityGroups: [] }],
    [
      'deletionProtection true and removalPolicy destroy: a protected table cannot be destroyed with its stack',
      { deletionProtection: true, removalPolicy: RemovalPolicy.DESTROY },
    ],
  ])('are rejected in one sentence: %s', (sentence, props) => {
    expect(() => new FaceDetectionPoller(newStack(), 'Poller', props)).toThrow(
      new InvalidSettingError(sentence),
    );
  });

  it('are rejected where they do not fit into the environment of a function', () => {
    expect(() => synthesise(() => ({ callbackHosts: hostsOf(140) }))).not.toThrow();
    expect(() => synthesise(() => ({ callbackHosts: hostsOf(164) }))).toThrow(
      /^poll\/handler\.ts: its environment has at least 4\d+ bytes, most of them in CALLBACK_HOSTS; Lambda takes 4096$/,
    );
  });

  it('reject a topic without alarms', () => {
    const stack = newStack();
    const alarmsTopic = Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:123456789012:operators');
    expect(() => new FaceDetectionPoller(stack, 'Poller', { monitoring: false, alarmsTopic })).toThrow(
      'monitoring false and alarmsTopic arn:aws:sns:us-east-1:123456789012:operators: without alarms nothing notifies the topic',
    );
  });

  it('reject two places for the API key', () => {
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

  it.each<[string, (stack: Stack) => FaceDetectionPollerProps]>([
    [
      'eventBus: is in account 999999999999, but the stack is in 111111111111; use one of the same account',
      (stack) => ({ eventBus: EventBus.fromEventBusArn(stack, 'Bus', arn('events', 'event-bus/default')) }),
    ],
    [
      'apiKeySecret: is in account 999999999999, but the stack is in 111111111111; use one of the same account',
      (stack) => ({
        apiKeySecret: secrets.Secret.fromSecretPartialArn(stack, 'Key', arn('secretsmanager', 'secret:crun')),
      }),
    ],
    [
      'webhookSecret: is in region eu-west-1, but the stack is in us-east-1; use one of the same region',
      (stack) => ({
        webhookSecret: secrets.Secret.fromSecretCompleteArn(
          stack,
          'Hooks',
          arn('secretsmanager', 'secret:hooks-AbCdEf', 'eu-west-1'),
        ),
      }),
    ],
    [
      'apiKeySecret.encryptionKey: is in region eu-west-1, but the stack is in us-east-1; use one of the same region',
      (stack) => ({
        apiKeySecret: secrets.Secret.fromSecretAttributes(stack, 'Key', {
          secretCompleteArn: arn('secretsmanager', 'secret:crun-AbCdEf'),
          encryptionKey: Key.fromKeyArn(stack, 'Cmk', arn('kms', 'key/0123', 'eu-west-1')),
        }),
      }),
    ],
    [
      'tableKey: is in region eu-west-1, but the stack is in us-east-1; use one of the same region',
      (stack) => ({ tableKey: Key.fromKeyArn(stack, 'Cmk', arn('kms', 'key/0123', 'eu-west-1')) }),
    ],
    [
      'alarmsTopic: is in region eu-west-1, but the stack is in us-east-1; use one of the same region',
      (stack) => ({ alarmsTopic: Topic.fromTopicArn(stack, 'Topic', arn('sns', 'operators', 'eu-west-1')) }),
    ],
    [
      `apiKeyParameter ${arn('ssm', 'parameter/crun/key')}: was imported as key; import it by its name, which has to be in the stack's account`,
      (stack) => ({
        apiKeyParameter: StringParameter.fromStringParameterArn(
          stack,
          'Key',
          arn('ssm', 'parameter/crun/key'),
        ),
      }),
    ],
    [
      'webhookSecret crun-secret: Secrets Manager takes the last six characters for those that it appends to an ARN; import this secret by its complete ARN',
      (stack) => ({ webhookSecret: secrets.Secret.fromSecretNameV2(stack, 'Hooks', 'crun-secret') }),
    ],
  ])('reject what the functions could not reach: %s', (sentence, props) => {
    const stack = placed();
    expect(() => new FaceDetectionPoller(stack, 'Poller', props(stack))).toThrow(
      new InvalidSettingError(sentence),
    );
  });

  it('take what another account shares by its complete ARN, and anything where the account is not known', () => {
    const foreign = (stack: Stack) => ({
      apiKeySecret: secrets.Secret.fromSecretCompleteArn(
        stack,
        'Key',
        arn('secretsmanager', 'secret:crun-AbCdEf'),
      ),
      alarmsTopic: Topic.fromTopicArn(stack, 'Topic', arn('sns', 'operators')),
    });
    const stack = placed();
    const { apiKeySecret } = new FaceDetectionPoller(stack, 'Poller', foreign(stack));
    expect(apiKeySecret?.env.account).toBe('999999999999');
    const anywhere = newStack();
    const eventBus = EventBus.fromEventBusArn(anywhere, 'Bus', arn('events', 'event-bus/default'));
    const props = { ...foreign(anywhere), eventBus };
    expect(() => new FaceDetectionPoller(anywhere, 'Poller', props)).not.toThrow();
  });

  it.each([{ pointInTimeRecovery: true }, { deletionProtection: false }])(
    'reject a setting of an existing table: %j',
    (props) => {
      const stack = newStack();
      const table = TableV2.fromTableName(stack, 'Retained', 'retained');
      expect(() => new FaceDetectionPoller(stack, 'Poller', { ...props, table })).toThrow(
        `table and ${Object.keys(props)[0]}: an existing table keeps its own settings`,
      );
    },
  );

  it('may hold tokens, also inside lists', () => {
    expect(environmentWith(({ list }) => ({ callbackHosts: list }))['CALLBACK_HOSTS']).toEqual({
      'Fn::Join': [',', { Ref: 'List' }],
    });
    const mixed = environmentWith(({ host, port }) => ({
      callbackHosts: ['Hooks.Example.com', host, ' under_score.example.com'],
      callbackPorts: [443, port],
    }));
    expect(mixed['CALLBACK_HOSTS']).toEqual({
      'Fn::Join': ['', ['hooks.example.com,', { 'Fn::ImportValue': 'host' }, ',under_score.example.com']],
    });
    expect(mixed['CALLBACK_PORTS']).toEqual({ 'Fn::Join': ['', ['443,', { Ref: 'Port' }]] });
  });

  it('may be known only to the deployment', () => {
    const template = synthesise((stack) => {
      const number = (name: string) => new CfnParameter(stack, name, { type: 'Number' }).valueAsNumber;
      return {
        baseUrl: new CfnParameter(stack, 'Url').valueAsString,
        deadline: Duration.seconds(number('Deadline')),
        retention: Duration.days(number('Retention')),
        firstInvocationBudget: Duration.seconds(number('Budget')),
        shards: number('Shards'),
        rateLimit: number('Rate'),
      };
    });
    expect(environmentOf(template)).toMatchObject({
      CRUN_BASE_URL: { Ref: 'Url' },
      DEADLINE_SECONDS: { Ref: 'Deadline' },
      RETENTION_DAYS: { Ref: 'Retention' },
      FIRST_INVOCATION_BUDGET_SECONDS: { Ref: 'Budget' },
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
  it('is read with its key: webhook secret and table', () => {
    const imports = {
      webhookSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:hooks-AbCdEf',
      webhookSecretEncryptionKeyArn: keyArn,
      tableName: 'retained',
      tableKeyArn: `${keyArn}-2`,
    };
    const template = Template.fromStack(
      new FaceDetectionPollerStack(new App(unbundled), 'Stack', { imports }),
    );
    const keys = (part: string) => allowed(template, part, 'kms').map(({ Resource }) => Resource);
    expect(keys('PollerDeliver')).toEqual([`${keyArn}-2`, keyArn]);
    expect(keys('PollerPoll')).toEqual([`${keyArn}-2`]);
  });

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
