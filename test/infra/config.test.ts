import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';

import { readConfig } from '../../infra/config.ts';
import { root } from '../support/folders.ts';

const keyArn = 'arn:aws-cn:kms:cn-north-1:123456789012:key/0123-abcd';
const apiKeySecretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:crun-AbCdEf';

describe('readConfig', () => {
  it.each([
    { 'cli-telemetry': false },
    { 'acknowledged-issue-numbers': [34892] },
    { owner: 'team-a', stage: 'prod', api_url: 'https://example.com', vpcId: 'vpc-1', table: 'mine' },
    { '@aws-cdk/core:checkSecretUsage': true, 'availability-zones:account=1:region=us-east-1': [] },
  ])('leaves to others what resembles none of its settings: %j', (context) => {
    expect(readConfig(context)).toEqual({ stackName: 'FaceDetectionPoller', imports: {} });
  });

  it('says which setting was meant, and where the name is set', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'context-'));
    const files = ['cdk.json', 'home.json', 'missing.json'].map((name) => join(folder, name));
    await writeFile(join(folder, 'cdk.json'), '{"app": "node infra/app.ts", "context": {"owner": "team-a"}}');
    await writeFile(join(folder, 'home.json'), '{"context": {"Shard": 2}}');
    expect(() => readConfig({ owner: 'team-a', Shard: 2 }, files)).toThrow(
      `Shard: is not a setting; did you mean shards? It is set in ${join(folder, 'home.json')}`,
    );
    expect(() => readConfig({ Shards: 2 }, files)).toThrow(
      'did you mean shards? It is set on the command line',
    );
    await rm(folder, { recursive: true });
  });

  it('is rejected by the app in one sentence, also once the stack is begun', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assembly-'));
    const context = JSON.stringify({ apiKeySecretName: 'crun-secret' });
    const env = { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: context };
    await expect(
      promisify(execFile)(process.execPath, ['infra/app.ts'], { cwd: root, env }),
    ).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^apiKeySecret crun-secret: .+\n$/) as string,
    });
    await rm(folder, { recursive: true });
  }, 60_000);

  it('leaves every setting to its default where the context says nothing', () => {
    expect(readConfig({ '@aws-cdk/core:checkSecretUsage': true, 'aws:cdk:bundling-stacks': ['**'] })).toEqual(
      {
        stackName: 'FaceDetectionPoller',
        imports: {},
      },
    );
  });

  it('takes numbers as text, as the command line gives them', () => {
    expect(
      readConfig({
        stackName: 'Faces-2',
        baseUrl: 'http://127.0.0.1:8080',
        deadlineSeconds: '90',
        retentionDays: '7',
        logRetentionDays: '14',
        removalPolicy: 'destroy',
        firstInvocationBudgetSeconds: '10',
        shards: '4',
        rateLimit: '0.5',
        pointInTimeRecovery: 'false',
        deletionProtection: 'true',
        api: 'true',
        monitoring: 'false',
        callbackHosts: 'hooks.example.com, .example.org',
        callbackPorts: '443,8443',
      }),
    ).toEqual({
      stackName: 'Faces-2',
      baseUrl: 'http://127.0.0.1:8080',
      deadline: Duration.seconds(90),
      retention: Duration.days(7),
      logRetention: RetentionDays.TWO_WEEKS,
      removalPolicy: RemovalPolicy.DESTROY,
      imports: {},
      firstInvocationBudget: Duration.seconds(10),
      shards: 4,
      rateLimit: 0.5,
      pointInTimeRecovery: false,
      deletionProtection: true,
      api: true,
      monitoring: false,
      callbackHosts: ['hooks.example.com', '.example.org'],
      callbackPorts: [443, 8_443],
    });
  });

  it('takes numbers and truths as they are, as cdk.json gives them', () => {
    expect(readConfig({ shards: 4, pointInTimeRecovery: false, deletionProtection: true })).toMatchObject({
      shards: 4,
      pointInTimeRecovery: false,
      deletionProtection: true,
    });
  });

  it.each([
    { apiKeySecretArn, apiKeyEncryptionKeyArn: keyArn },
    { apiKeySecretName: 'crun/key' },
    { apiKeyParameterName: '/crun/key' },
    { apiKeyParameterName: 'crun-key' },
    { tableKeyArn: keyArn },
    { alarmsTopicArn: 'arn:aws:sns:us-east-1:123456789012:operators' },
    { eventBusName: 'pictures' },
    { webhookSecretArn: apiKeySecretArn, webhookSecretEncryptionKeyArn: keyArn },
    { tableName: 'FaceDetectionPoller-PollerTable1168CB8E-1A2B3C', logKeyArn: keyArn },
  ])('keeps what exists already by its name: %j', (imports) => {
    expect(readConfig(imports).imports).toEqual(imports);
  });

  it.each([
    [{ deadlineSecond: 90 }, 'deadlineSecond: is not a setting; did you mean deadlineSeconds?'],
    [{ deadline: 90 }, 'deadline: is not a setting; did you mean deadlineSeconds?'],
    [{ 'removal-policy': 'destroy' }, 'removal-policy: is not a setting; did you mean removalPolicy?'],
    [
      { webhookSecretEncryptionKeyArn: keyArn },
      `webhookSecretEncryptionKeyArn ${keyArn}: needs webhookSecretArn,`,
    ],
    [{ tableName: 'a/b' }, 'tableName: must be 3 to 255 letters, digits or "_.-"'],
    [{ deadlineSeconds: 'soon' }, 'deadlineSeconds: must be a whole number of seconds from 5 to 86400'],
    [{ deadlineSeconds: '4' }, 'deadlineSeconds: must be a whole number of seconds from 5 to 86400'],
    [{ deadlineSeconds: '90.5' }, 'deadlineSeconds: must be a whole number of seconds from 5 to 86400'],
    [{ retentionDays: '' }, 'retentionDays: must be a whole number of days from 1 to 3650'],
    [{ retentionDays: 3_651 }, 'retentionDays: must be a whole number of days from 1 to 3650'],
    [{ logRetentionDays: 8 }, 'logRetentionDays: must be a number of days that CloudWatch supports: 1, 3, 5'],
    [
      { logRetentionDays: 9_999 },
      'logRetentionDays: must be a number of days that CloudWatch supports: 1, 3, 5',
    ],
    [{ api: 'yes' }, 'api: must be true or false'],
    [{ removalPolicy: 'snapshot' }, 'removalPolicy: must be retain or destroy'],
    [{ baseUrl: 'http://api.crun.ai' }, 'baseUrl: must be an https URL (http on this machine only)'],
    [
      { baseUrl: ['https://me', 'secret@api.crun.ai'].join(':') },
      'baseUrl: must be an https URL (http on this machine only) without',
    ],
    [{ shards: '0x10' }, 'shards: must be a whole number from 1 to 64'],
    [{ baseUrl: 'api.crun.ai' }, 'baseUrl: must be an https URL (http on this machine only)'],
    [
      { firstInvocationBudgetSeconds: '226' },
      "firstInvocationBudgetSeconds: must be a whole number of seconds from 1 to 225, which leaves 30 of the function's 255 for the last call",
    ],
    [{ rateLimit: '4000' }, 'rateLimit: must be 0 (no limit) or calls a second from 0.01 to 3000'],
    [
      { firstInvocationBudgetSeconds: '' },
      'firstInvocationBudgetSeconds: must be a whole number of seconds from 1 to 225',
    ],
    [{ shards: '65' }, 'shards: must be a whole number from 1 to 64'],
    [{ pointInTimeRecovery: 'yes' }, 'pointInTimeRecovery: must be true or false'],
    [{ deletionProtection: '' }, 'deletionProtection: must be true or false'],
    [{ monitoring: 'off' }, 'monitoring: must be true or false'],
    [{ callbackHosts: 'https://hooks.example.com' }, 'callbackHosts.0: must be host names such as'],
    [{ callbackPorts: '443,https' }, 'callbackPorts.1: must be ports, whole numbers from 1 to 65535'],
    [{ callbackPorts: 0 }, 'callbackPorts.0: must be ports, whole numbers from 1 to 65535'],
    [{ eventBusName: 'a bus' }, 'eventBusName: must be the name of an event bus'],
    [{ webhookSecretArn: 'hooks' }, 'webhookSecretArn: must be an ARN such as arn:aws:secretsmanager:'],
    [{ alarmsTopicArn: 'operators' }, 'alarmsTopicArn: must be an ARN such as arn:aws:sns:'],
    [{ tableKeyArn: 'alias/mine' }, 'tableKeyArn: must be an ARN such as arn:aws:kms:'],
    [
      { apiKeySecretArn: apiKeySecretArn.slice(0, -7) },
      'apiKeySecretArn: must be an ARN such as arn:aws:secretsmanager:',
    ],
    [{ apiKeySecretName: 'crun key' }, 'apiKeySecretName: must be 1 to 512 letters, digits or "/_+=.@-"'],
    [{ apiKeyParameterName: 'crun/key' }, 'apiKeyParameterName: must be letters, digits or "_.-/"'],
    [
      { apiKeySecretName: 'crun', apiKeyParameterName: '/crun' },
      'apiKeySecretName crun and apiKeyParameterName /crun: only one can hold the API key',
    ],
    [
      { apiKeySecretArn, apiKeySecretName: 'crun' },
      `apiKeySecretArn ${apiKeySecretArn} and apiKeySecretName crun: only one can hold the API key`,
    ],
    [{ apiKeyEncryptionKeyArn: keyArn }, `apiKeyEncryptionKeyArn ${keyArn}: needs apiKeySecretArn, `],
    [{ stackName: 'face detections' }, 'stackName: must be letters, digits and "-", a letter first'],
  ])('refuses %j in one sentence', (context, sentence) => {
    expect(() => readConfig(context)).toThrow(sentence);
  });

  it.each([null, false, [], true, [7]])('takes %j for no number', (value) => {
    for (const name of ['rateLimit', 'retentionDays', 'shards', 'logRetentionDays'])
      expect(() => readConfig({ [name]: value }), name).toThrow(`${name}: must be `);
  });

  it.each([
    ['callbackPorts', '0x1bb', 'callbackPorts.0: must be ports'],
    ['callbackPorts', '4.43e2', 'callbackPorts.0: must be ports'],
    ['callbackPorts', null, 'callbackPorts: must be ports'],
    ['callbackHosts', null, 'callbackHosts: must be host names'],
    ['baseUrl', 'https://api.crun.ai ', 'baseUrl: must be an https URL'],
    ['baseUrl', 'https://proxy.example/v1?', 'baseUrl: must be an https URL'],
    ['baseUrl', 'https://proxy.example/v1#', 'baseUrl: must be an https URL'],
  ])('refuses what would be read as something else: %s %j', (name, value, sentence) => {
    expect(() => readConfig({ [name]: value })).toThrow(sentence);
  });
});
