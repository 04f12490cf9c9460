import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import type { Template } from 'aws-cdk-lib/assertions';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { describe, expect, it } from 'vitest';

import { usableKey } from '../../functions/api-key/reader.ts';
import { functionSeconds } from '../../functions/poll/policy.ts';
import type { FaceDetectionPollerProps } from '../../infra/props.ts';
import {
  allowed,
  environmentOf,
  importedKey,
  keyArn,
  statementsOf,
  synthesise,
} from '../support/synthesis.ts';

const readingKey = { Action: ['kms:Decrypt', 'kms:DescribeKey'], Effect: 'Allow', Resource: keyArn };
const writing = [
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];
const writingKey = {
  Action: ['Decrypt', 'DescribeKey', ...writing].map((action) => `kms:${action}`),
  Effect: 'Allow',
  Resource: keyArn,
};

const tableOf = (template: Template): unknown => {
  const [table] = Object.values(template.findResources('AWS::DynamoDB::GlobalTable'));
  return (table as { Properties: unknown }).Properties;
};
const recovery = (isOn: boolean) => ({ PointInTimeRecoveryEnabled: isOn });
const role = (stack: Stack) => new iam.Role(stack, 'Other', { assumedBy: new iam.AccountRootPrincipal() });

// The first synthesis of a process loads most of the CDK.
describe('the API key', { timeout: 60_000 }, () => {
  it('is a text that is never sent, until somebody stores one', () => {
    const template = synthesise(() => ({}));
    const [secret] = Object.values(
      template.findResources('AWS::SecretsManager::Secret', {
        Properties: { SecretString: Match.anyValue() },
      }),
    );
    const { SecretString } = (secret as { Properties: { SecretString: string } }).Properties;
    expect(SecretString).toContain('face-poller set-key');
    expect(usableKey(SecretString)).toBeUndefined();
    // A change of it would be written over every key that is stored.
    expect(SecretString).toBe('No API key is stored yet: run face-poller set-key.');
  });

  it('may be in a secret of your own, which is read by its exact ARN', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:crun-AbCdEf';
    const template = synthesise((stack) => ({
      apiKeySecret: secrets.Secret.fromSecretCompleteArn(stack, 'Key', arn),
    }));
    // That of the webhooks alone.
    template.resourceCountIs('AWS::SecretsManager::Secret', 1);
    expect(environmentOf(template)['API_KEY_SECRET_ARN']).toBe(arn);
    expect(allowed(template, 'PollerPoll', 'secretsmanager')).toMatchObject([{ Resource: arn }]);
  });

  it('may be in a secret that was looked up by name, whose ARN ends in what nobody knows', () => {
    const template = synthesise((stack) => ({
      apiKeySecret: secrets.Secret.fromSecretNameV2(stack, 'Key', 'crun'),
    }));
    const policies = JSON.stringify(statementsOf(template, 'PollerPoll'));
    expect(policies).toContain(':secret:crun-??????');
  });

  it('may be in a parameter, which is read by its exact ARN', () => {
    const template = synthesise((stack) => ({
      apiKeyParameter: StringParameter.fromSecureStringParameterAttributes(stack, 'Key', {
        parameterName: '/crun/key',
      }),
    }));
    template.resourceCountIs('AWS::SecretsManager::Secret', 1);
    const environment = environmentOf(template);
    expect(environment['API_KEY_PARAMETER_NAME']).toBe('/crun/key');
    expect(environment).not.toHaveProperty('API_KEY_SECRET_ARN');
    const granted = allowed(template, 'PollerPoll', 'ssm');
    expect(granted).toMatchObject([{ Action: 'ssm:GetParameter' }]);
    expect(JSON.stringify(granted)).toMatch(/:parameter\/crun\/key"/);
    expect(allowed(template, 'PollerPoll', 'secretsmanager')).toEqual([]);
    expect(allowed(template, 'PollerPoll', 'kms')).toEqual([]);
  });

  it.each<[string, (stack: Stack) => FaceDetectionPollerProps]>([
    [
      'a parameter',
      (stack) => ({
        apiKeyParameter: StringParameter.fromSecureStringParameterAttributes(stack, 'Key', {
          parameterName: 'crun',
          encryptionKey: importedKey(stack),
        }),
      }),
    ],
    [
      'a secret',
      (stack) => ({
        apiKeySecret: secrets.Secret.fromSecretAttributes(stack, 'Key', {
          secretCompleteArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:crun-AbCdEf',
          encryptionKey: importedKey(stack),
        }),
      }),
    ],
  ])('is decrypted with the customer managed key of %s', (_what, props) => {
    const granted = allowed(synthesise(props), 'PollerPoll', 'kms');
    expect(granted).toMatchObject([{ Action: 'kms:Decrypt', Resource: keyArn }]);
  });
});

describe('the table', () => {
  it.each([
    [{}, { DeletionProtectionEnabled: false, PointInTimeRecoverySpecification: recovery(true) }],
    [
      { pointInTimeRecovery: false, deletionProtection: true },
      { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: recovery(false) },
    ],
  ])('is protected as told: %j', (props, expected) => {
    expect(tableOf(synthesise(() => props))).toMatchObject({ Replicas: [expected] });
  });

  it('is encrypted with your key in a stack for any region, and who uses the table may use the key', () => {
    const template = synthesise((stack) => ({ tableKey: importedKey(stack) }));
    expect(tableOf(template)).toMatchObject({
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [{ Region: { Ref: 'AWS::Region' }, SSESpecification: { KMSMasterKeyId: keyArn } }],
    });
    expect(allowed(template, 'PollerPoll', 'kms')).toEqual([writingKey]);
    expect(allowed(template, 'PollerSweep', 'kms')).toEqual([writingKey]);
    expect(allowed(template, 'PollerWorkflow', 'kms')).toEqual([writingKey]);
  });

  it('goes with the stack where told so, with the secret and the logs', () => {
    const template = synthesise(() => ({ removalPolicy: RemovalPolicy.DESTROY }));
    const types = ['AWS::DynamoDB::GlobalTable', 'AWS::SecretsManager::Secret', 'AWS::Logs::LogGroup'];
    for (const resource of types.flatMap((type) => Object.values(template.findResources(type)))) {
      expect(resource).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    }
  });
});

describe('a retained table', () => {
  const tableName = 'FaceDetectionPoller-PollerTable1168CB8E-1A2B3C';
  const adopted = (key: boolean) =>
    synthesise((stack) => ({
      api: true,
      table: TableV2.fromTableAttributes(stack, 'Retained', {
        tableName,
        ...(key && { encryptionKey: importedKey(stack) }),
      }),
    }));

  it('is adopted by its name, by everything that reads and writes records', () => {
    const template = adopted(false);
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
    for (const resource of Object.values(template.findResources('AWS::Lambda::Function')))
      expect(resource).toMatchObject({
        Properties: { Environment: { Variables: { TABLE_NAME: tableName } } },
      });
    const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
    expect(JSON.stringify(machine)).toContain(tableName);
    for (const part of ['PollerPoll', 'PollerSweep', 'PollerDeliver', 'PollerApi', 'PollerWorkflow'])
      expect(JSON.stringify(allowed(template, part, 'dynamodb'))).toContain(`:table/${tableName}`);
    expect(JSON.stringify(allowed(template, 'PollerSweep', 'dynamodb'))).toContain(
      `:table/${tableName}/index/due`,
    );
  });

  it('brings its key', () => {
    const template = adopted(true);
    for (const part of ['PollerPoll', 'PollerSweep', 'PollerWorkflow'])
      expect(allowed(template, part, 'kms')).toEqual([writingKey]);
  });
});

describe('the props of an organisation', () => {
  it('encrypt every log with its key, which CloudWatch may use', () => {
    const template = synthesise((stack) => ({ api: true, logKey: new Key(stack, 'LogKey') }));
    const [[id, key] = ['', {}]] = Object.entries(template.findResources('AWS::KMS::Key'));
    expect(JSON.stringify(key)).toContain(
      '"Service":{"Fn::Join":["",["logs.",{"Ref":"AWS::Region"},".amazonaws.com"]]}',
    );
    const groups = Object.values(template.findResources('AWS::Logs::LogGroup'));
    expect(groups).toHaveLength(7);
    for (const group of groups)
      expect(group).toMatchObject({ Properties: { KmsKeyId: { 'Fn::GetAtt': [id, 'Arn'] } } });
  });

  it('place every function into the VPC, in one security group', () => {
    const template = synthesise((stack) => ({ api: true, vpc: new Vpc(stack, 'Vpc') }));
    template.resourceCountIs('AWS::EC2::SecurityGroup', 1);
    const [group] = Object.keys(template.findResources('AWS::EC2::SecurityGroup'));
    const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
    for (const [id, resource] of functions.filter(([name]) => name.startsWith('Poller'))) {
      expect(resource).toMatchObject({
        Properties: { VpcConfig: { SecurityGroupIds: [{ 'Fn::GetAtt': [group, 'GroupId'] }] } },
      });
      expect(JSON.stringify(allowed(template, id.slice(0, 12), 'ec2'))).toContain(
        'ec2:CreateNetworkInterface',
      );
    }
  });

  it('trace every function and the workflow', () => {
    const template = synthesise(() => ({ api: true, tracing: true }));
    for (const resource of Object.values(template.findResources('AWS::Lambda::Function')))
      expect(resource).toMatchObject({ Properties: { TracingConfig: { Mode: 'Active' } } });
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      TracingConfiguration: { Enabled: true },
    });
  });
});

describe('an invocation', () => {
  it('polls for as long as its workflow type makes it worth, unless told otherwise', () => {
    expect(environmentOf(synthesise(() => ({})))['FIRST_INVOCATION_BUDGET_SECONDS']).toBeUndefined();
    const slow = synthesise(() => ({ firstInvocationBudget: Duration.seconds(45) }));
    expect(environmentOf(slow)['FIRST_INVOCATION_BUDGET_SECONDS']).toBe('45');
    slow.hasResourceProperties('AWS::Lambda::Function', { Timeout: functionSeconds });
  });
});

describe('the rate of the key', () => {
  it.each([
    ['is careful at the real provider', {}, '2'],
    ['is nobody else’s business at a base URL of one’s own', { baseUrl: 'https://crun.example' }, '0'],
    ['is that also where the URL is spelled otherwise', { baseUrl: 'https://API.crun.ai:443/' }, '2'],
    ['is what it is set to', { baseUrl: 'https://crun.example', rateLimit: 9.5 }, '9.5'],
    ['can be turned off', { rateLimit: 0 }, '0'],
  ])('%s', (_behaviour, props, rate) => {
    expect(environmentOf(synthesise(() => props))['RATE_LIMIT']).toBe(rate);
  });
});

describe('a grant', () => {
  it('to start allows that one action on that one state machine', () => {
    const template = synthesise(
      () => ({}),
      (poller, stack) => expect(poller.grantStart(role(stack)).success).toBe(true),
    );
    const [machine] = Object.keys(template.findResources('AWS::StepFunctions::StateMachine'));
    expect(statementsOf(template, 'Other')).toEqual([
      { Action: 'states:StartExecution', Effect: 'Allow', Resource: { Ref: machine } },
    ]);
  });

  it('to read allows items by key and queries of both indexes, and the table’s key where it has one', () => {
    const template = synthesise(
      (stack) => ({ tableKey: importedKey(stack) }),
      (poller, stack) => expect(poller.grantRead(role(stack)).success).toBe(true),
    );
    const [table] = Object.keys(template.findResources('AWS::DynamoDB::GlobalTable'));
    const tableArn = { 'Fn::GetAtt': [table, 'Arn'] };
    const index = (name: string) => ({ 'Fn::Join': ['', [tableArn, `/index/${name}`]] });
    expect(statementsOf(template, 'Other')).toEqual([
      { Action: 'dynamodb:GetItem', Effect: 'Allow', Resource: tableArn },
      readingKey,
      { Action: 'dynamodb:Query', Effect: 'Allow', Resource: [index('by_status'), index('due')] },
    ]);
  });
});
