/** Every prop of the construct with a value that only a deployment or a run would have met: each fails synthesis. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { HttpNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type ISecurityGroup, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Alias, type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { describe, expect, it } from 'vitest';

import { createApp } from '../../infra/create-app.ts';
import { InvalidSettingError } from '../../infra/invalid-setting.ts';
import type { ApiOptions, ArchiveOptions, OutputOptions } from '../../infra/part-options.ts';
import { FaceDetectionPoller } from '../../infra/poller.ts';
import type { FaceDetectionPollerProps } from '../../infra/props.ts';
import { keyArn, synthesise, unbundled } from '../support/synthesis.ts';

type Props = FaceDetectionPollerProps;
type Paths<Options, Name extends string> = `${Name}.${keyof Options & string}`;
type Path =
  | Exclude<keyof Props, 'api' | 'archive' | 'outputs'>
  | Paths<ApiOptions, 'api'>
  | Paths<ArchiveOptions, 'archive'>
  | Paths<OutputOptions, 'outputs'>;
type Wrong = (stack: Stack) => Props;

const foreign = (service: string, resource: string): string =>
  `arn:aws:${service}:eu-west-1:999999999999:${resource}`;
const aliasOf = (stack: Stack): IKey => Alias.fromAliasName(stack, 'Alias', 'alias/own');
const secretIn = (stack: Stack) =>
  Secret.fromSecretCompleteArn(stack, 'Secret', foreign('secretsmanager', 'secret:own-AbCdEf'));
const vpcIn = (stack: Stack, region?: string) =>
  Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['us-east-1a'],
    privateSubnetIds: ['subnet-1'],
    ...(region !== undefined && { region }),
  });
const groups = (stack: Stack, count: number): ISecurityGroup[] =>
  Array.from({ length: count }, (_, at) =>
    SecurityGroup.fromSecurityGroupId(stack, `Group${at}`, `sg-${at}`),
  );
/** What a caller in JavaScript may pass. */
const untyped = (props: object): Props => props;
const flag = (name: string) => (): Props => untyped({ [name]: 'false' });

/** A new prop does not compile before it stands here. */
const wrong: Record<Path, Wrong> = {
  apiKeySecret: (stack) => ({ apiKeySecret: secretIn(stack) }),
  apiKeyParameter: (stack) => ({
    apiKeyParameter: StringParameter.fromStringParameterArn(
      stack,
      'Key',
      'arn:aws:ssm:us-east-1:999999999999:parameter/own',
    ),
  }),
  baseUrl: () => ({ baseUrl: 'https://api.crun.ai?' }),
  deadline: () => ({ deadline: Duration.seconds(4) }),
  workflowType: () => untyped({ workflowType: 'express' }),
  firstInvocationBudget: () => ({ firstInvocationBudget: Duration.seconds(226) }),
  laterInvocationBudget: () => ({ laterInvocationBudget: Duration.seconds(226) }),
  reservedConcurrency: () => ({ reservedConcurrency: 0 }),
  rateLimit: () => ({ rateLimit: 0.001 }),
  experimentalVideo: flag('experimentalVideo'),
  retention: () => ({ retention: Duration.days(3_651) }),
  shards: () => ({ shards: 65 }),
  table: (stack) => ({ table: TableV2.fromTableArn(stack, 'Other', foreign('dynamodb', 'table/own')) }),
  tableKey: (stack) => ({ tableKey: aliasOf(stack) }),
  pointInTimeRecovery: flag('pointInTimeRecovery'),
  deletionProtection: flag('deletionProtection'),
  eventBus: (stack) => ({ eventBus: EventBus.fromEventBusName(stack, 'Bus', 'aws.partner/a.example/b') }),
  webhookSecret: (stack) => ({ webhookSecret: secretIn(stack) }),
  callbackHosts: () => ({ callbackHosts: ['https://hooks.example.com'] }),
  callbackPorts: () => ({ callbackPorts: [65_536] }),
  logKey: (stack) => ({ logKey: aliasOf(stack) }),
  logRetention: () => untyped({ logRetention: 31 }),
  tracing: flag('tracing'),
  debugLogs: flag('debugLogs'),
  vpc: (stack) => ({ vpc: vpcIn(stack, 'eu-west-1') }),
  vpcSubnets: () => ({ vpcSubnets: {} }),
  securityGroups: (stack) => ({ vpc: vpcIn(stack), securityGroups: groups(stack, 6) }),
  monitoring: flag('monitoring'),
  alarmsTopic: (stack) => ({
    alarmsTopic: Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111111111111:operators.fifo'),
  }),
  removalPolicy: () => ({ removalPolicy: RemovalPolicy.SNAPSHOT }),
  'api.token': () => untyped({ api: { token: 'false' } }),
  'api.authorizer': () => ({ api: { authorizer: new HttpNoneAuthorizer() } }),
  'api.ratePerSecond': () => ({ api: { ratePerSecond: 0 } }),
  'api.burst': () => ({ api: { burst: 0 } }),
  'archive.bucket': (stack) => ({
    archive: {
      bucket: Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'own', region: 'eu-west-1' }),
    },
  }),
  'archive.encryptionKey': (stack) => ({ archive: { encryptionKey: aliasOf(stack) } }),
  'outputs.prefix': () => ({ outputs: { prefix: 'a-b' } }),
  'outputs.exported': () => untyped({ outputs: { exported: 'false' } }),
};

const placed = (): Stack =>
  new Stack(createApp(unbundled), 'Own', { env: { account: '1'.repeat(12), region: 'us-east-1' } });

function sentenceOf(synthesis: () => unknown): string | undefined {
  try {
    synthesis();
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidSettingError)) throw error;
    return error.message;
  }
}

describe('what is handed in', () => {
  it.each(Object.entries(wrong))('is looked at: %s', (path, props) => {
    const stack = placed();
    const sentence = sentenceOf(() => new FaceDetectionPoller(stack, 'Poller', props(stack)));
    expect(sentence?.split(/[ :]/)[0]).toBe(path);
    expect(sentence).not.toContain('\n');
  });

  it.each<[string, Wrong]>([
    ['apiKeySecret.encryptionKey', (stack) => ({ apiKeySecret: keptUnder(stack, aliasOf(stack)) })],
    ['webhookSecret.encryptionKey', (stack) => ({ webhookSecret: keptUnder(stack, aliasOf(stack)) })],
    ['securityGroups', (stack) => ({ vpc: vpcIn(stack), securityGroups: [] })],
    ['api', () => untyped({ api: 'false' })],
    ['archive', () => untyped({ archive: 'false' })],
    [
      'archive.bucket and archive.encryptionKey',
      (stack) => ({
        archive: {
          bucket: Bucket.fromBucketName(stack, 'Bucket', 'own'),
          encryptionKey: Key.fromKeyArn(stack, 'Key', keyArn),
        },
      }),
    ],
  ])('is looked at in its parts: %s', (path, props) => {
    const stack = placed();
    expect(() => new FaceDetectionPoller(stack, 'Poller', props(stack))).toThrow(`${path}: `);
  });
});

const keptUnder = (stack: Stack, encryptionKey: IKey) =>
  Secret.fromSecretAttributes(stack, 'Kept', {
    secretCompleteArn: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:own-AbCdEf',
    encryptionKey,
  });

const hosts = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `h${String(at).padStart(3, '0')}.example.com`);
const largest = (count: number) => (): Props => ({ callbackHosts: hosts(count), api: true, archive: true });
const signedBy =
  (secretName: string): Wrong =>
  (stack) => ({ callbackHosts: hosts(213), webhookSecret: new Secret(stack, 'Named', { secretName }) });

describe('an environment', () => {
  it('counts what its references will be at least', () => {
    expect(() => synthesise(largest(205))).not.toThrow();
    // Without its references the largest one has some 3,900 of the 4,096 bytes.
    expect(() => synthesise(largest(222))).toThrow(
      /^[a-z]+\/handler\.ts: its environment has at least 4[12]\d\d bytes, most of them in CALLBACK_HOSTS; Lambda takes 4096$/,
    );
  });

  it('counts a name that its owner chose as it is', () => {
    expect(() => synthesise(signedBy('short'))).not.toThrow();
    expect(() => synthesise(signedBy('a/name/'.repeat(60)))).toThrow(/^notify\/webhook\/handler\.ts: /);
  });
});
