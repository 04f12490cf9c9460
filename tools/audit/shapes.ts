/** The stack in every shape that ships; every judge checks all of them. */
import { rmSync } from 'node:fs';

import { type App, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';

import { createApp } from '../../infra/create-app.ts';
import { FaceDetectionPollerStack, type FaceDetectionPollerStackProps } from '../../infra/stack.ts';
import type { Template as Synthesised } from './template.ts';

/** Resources of a user's own stack. */
interface Brought {
  readonly secret: Secret;
  readonly tableKey: Key;
  readonly alarmsTopic: Topic;
  readonly vpc: IVpc;
}

export interface Shape {
  readonly name: string;
  readonly props: (brought: Brought) => FaceDetectionPollerStackProps;
}

export interface Audited {
  readonly name: string;
  readonly stack: Stack;
  readonly template: Synthesised;
}

export const shapes: readonly Shape[] = [
  { name: 'default', props: () => ({}) },
  {
    name: 'everything on',
    props: ({ secret, tableKey, alarmsTopic }) => ({
      apiKeySecret: secret,
      tableKey,
      alarmsTopic,
      deletionProtection: true,
      api: true,
    }),
  },
  { name: 'express', props: () => ({ workflowType: 'EXPRESS', api: { token: true } }) },
  { name: 'archive', props: () => ({ archive: true, api: true }) },
  { name: 'archive with a key', props: ({ tableKey: encryptionKey }) => ({ archive: { encryptionKey } }) },
  { name: 'monitoring off', props: () => ({ monitoring: false }) },
  {
    name: 'for an organisation',
    props: ({ tableKey: logKey, vpc, alarmsTopic }) => ({
      logKey,
      vpc,
      alarmsTopic,
      tracing: true,
      logRetention: RetentionDays.ONE_YEAR,
      api: { token: true },
    }),
  },
  { name: 'retained table', props: () => ({ imports: { tableName: 'FaceDetectionPoller-PollerTable' } }) },
  { name: 'secret by name', props: () => ({ imports: { apiKeySecretName: 'crun' } }) },
  { name: 'parameter by name', props: () => ({ imports: { apiKeyParameterName: '/crun/api-key' } }) },
];

export function synthesise({ name, props }: Shape): Audited {
  const app = createUnbundledApp();
  return audit(name, new FaceDetectionPollerStack(app, 'FaceDetectionPoller', props(bring(app))));
}

/** An app that synthesises quickly, to read its templates and not to deploy. */
export const createUnbundledApp = (): App =>
  createApp({
    treeMetadata: false,
    context: {
      // Permissions, settings and definition do not depend on the functions' code.
      'aws:cdk:bundling-stacks': [],
      // The CDK's own validation takes seconds; deployments have it, and the judges check here.
      '@aws-cdk/core:validateAgainstDefaultRules': false,
    },
  });

export function audit(name: string, stack: Stack): Audited {
  const template = Template.fromStack(stack).toJSON() as Synthesised;
  // The CDK never deletes its output folder.
  rmSync(Stage.of(stack)?.outdir ?? '', { recursive: true });
  return { name, stack, template };
}

function bring(app: App): Brought {
  const own = new Stack(app, 'Own');
  return {
    secret: new Secret(own, 'Secret', { encryptionKey: new Key(own, 'SecretKey') }),
    tableKey: new Key(own, 'TableKey'),
    alarmsTopic: new Topic(own, 'Alarms'),
    vpc: Vpc.fromVpcAttributes(own, 'Vpc', {
      vpcId: 'vpc-01234567',
      availabilityZones: ['a', 'b'],
      privateSubnetIds: ['subnet-01234567', 'subnet-89abcdef'],
      privateSubnetRouteTableIds: ['rtb-01234567', 'rtb-89abcdef'],
    }),
  };
}
