import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Finding } from '../../../cli/doctor/check-result.ts';
import { examineMachine } from '../../../cli/doctor/machine.ts';
import { examineStack } from '../../../cli/doctor/stack.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { run } from '../../support/cli-in-process.ts';
import { temporaryFolder } from '../../support/cli.ts';

/** Looks like nothing else, so that finding it anywhere is a leak. */
const canary = ['canary', 'k3y', 'd0ct0r'].join('-');
const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf';
const machineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:Faces';

const cloudformation = mockClient(CloudFormationClient);
const dynamodb = mockClient(DynamoDBClient);
const sfn = mockClient(SFNClient);
const lambda = mockClient(LambdaClient);
const secrets = mockClient(SecretsManagerClient);
const parameters = mockClient(SSMClient);
afterAll(() =>
  [cloudformation, dynamodb, sfn, lambda, secrets, parameters].forEach((client) => client.restore()),
);

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: canary });
});
afterAll(() => simulator.close());
beforeEach(() => {
  for (const client of [cloudformation, dynamodb, sfn, lambda, secrets, parameters]) client.reset();
  stackHas({});
  dynamodb.on(GetItemCommand).resolves({});
  dynamodb.on(DescribeTableCommand).resolves({ Table: { TableStatus: 'ACTIVE' } });
  sfn.on(DescribeStateMachineCommand).resolves({
    stateMachineArn: machineArn,
    name: 'Faces',
    definition: '{}',
    roleArn: 'arn:of:a:role',
    type: 'STANDARD',
    creationDate: new Date(0),
    status: 'ACTIVE',
  });
  lambda.on(GetAccountSettingsCommand).resolves({ AccountLimit: { UnreservedConcurrentExecutions: 900 } });
  secrets.on(GetSecretValueCommand).resolves({ SecretString: canary });
});

function stackHas(outputs: Record<string, string | undefined>, status = 'UPDATE_COMPLETE'): void {
  const all = {
    StateMachineArn: machineArn,
    TableName: 'detections',
    ApiKeySecretArn: secretArn,
    BaseUrl: simulator.baseUrl,
    DeadlineSeconds: '3600',
    RetentionDays: '30',
    Shards: '1',
    ...outputs,
  };
  const Outputs = Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue: OutputValue ?? '' }));
  const stack = { StackName: 'Faces', CreationTime: new Date(0), StackStatus: status as 'UPDATE_COMPLETE' };
  cloudformation.on(DescribeStacksCommand).resolves({ Stacks: [{ ...stack, Outputs }] });
}
const fault = (name: string, message = 'no') => Object.assign(new Error(message), { name });
async function findings(examined = examineStack('Faces', {})): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const one of examined) found.push(one);
  return found;
}
const finding = async (check: string): Promise<Finding | undefined> =>
  (await findings()).find((found) => found.check === check);
const doctor = (args: string[] = [], isTTY = false) =>
  run(['doctor', ...args], { isTTY, examine: (connection) => examineStack('Faces', connection) });

describe('doctor of a deployed stack that is well', () => {
  it('says so of each part, and never the key', async () => {
    const { code, stdout, stderr } = await doctor();
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t').slice(0, 2).join(' '));
    const checks = [
      'credentials',
      'stack',
      'table',
      'state machine',
      'concurrency',
      'rate limit',
      'key',
      'provider',
      'clock',
    ];
    expect({ code, lines, stderr }).toEqual({
      code: 0,
      lines: checks.map((check) => `ok ${check}`),
      stderr: '',
    });
    expect(stdout).not.toContain(canary);
  });

  it('draws it for people, and prints documents for programs', async () => {
    expect((await doctor([], true)).stdout).toMatch(/✓.* table +detections is ACTIVE\n/);
    const { stdout } = await doctor(['--json']);
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);
    expect(found[2]).toEqual({ check: 'table', result: 'ok', message: 'detections is ACTIVE' });
  });

  it('looks for the key in a parameter where the stack keeps it there', async () => {
    stackHas({ ApiKeySecretArn: undefined, ApiKeyParameterName: '/crun/key' });
    parameters.on(GetParameterCommand).resolves({ Parameter: { Value: canary } });
    expect(await finding('key')).toEqual({
      check: 'key',
      result: 'ok',
      message: 'there is one in /crun/key',
    });
    expect(await finding('provider')).toMatchObject({
      message: `${simulator.baseUrl} answers and takes the key`,
    });
  });
});

describe('doctor of a deployed stack', () => {
  it.each([
    ['no key', {}, 'failed'],
    ['the text that stands there before', { SecretString: 'No API key is stored yet: run it.' }, 'failed'],
  ])('finds %s, and checks whether the provider answers', async (_what, stored, result) => {
    secrets.on(GetSecretValueCommand).resolves(stored);
    const { code, stdout } = await doctor();
    expect(code).toBe(5);
    expect(stdout).toContain(`${result}\tkey\tthere is none in ${secretArn}\trun face-poller set-key\n`);
    expect(stdout).toContain('ok\tprovider\t');
  });

  it('finds a key that the provider rejects, without printing it', async () => {
    const wrong = ['wr0ng', 'canary'].join('-');
    secrets.on(GetSecretValueCommand).resolves({ SecretString: wrong });
    const { code, stdout } = await doctor([], true);
    expect(code).toBe(5);
    expect(stdout).toMatch(/✗.* provider .* refuses the key\n +→ run face-poller set-key\n/);
    expect(stdout).not.toContain(wrong);
  });

  it('takes it for no fault that it may not look at everything', async () => {
    secrets.on(GetSecretValueCommand).rejects(fault('AccessDeniedException'));
    dynamodb.on(DescribeTableCommand).rejects(fault('AccessDeniedException'));
    const { code, stdout } = await doctor();
    expect(code).toBe(0);
    expect(stdout).toContain('skipped\tkey\t');
    expect(stdout).toContain('skipped\ttable\tthese credentials may not call dynamodb:DescribeTable\n');
  });

  it('says where few functions may run at a time, and takes it for no fault', async () => {
    lambda
      .on(GetAccountSettingsCommand)
      .resolvesOnce({ AccountLimit: { UnreservedConcurrentExecutions: 99 } })
      .resolvesOnce({ AccountLimit: { UnreservedConcurrentExecutions: 100 } })
      .rejects(fault('AccessDeniedException'));
    const few = await finding('concurrency');
    expect(few?.result).toBe('ok');
    expect(few?.message).toMatch(/^only 99 functions .* Service Quotas$/);
    expect((await finding('concurrency'))?.message).toBe('100 functions may run at a time');
    expect(await finding('concurrency')).toMatchObject({
      result: 'skipped',
      message: 'these credentials may not call lambda:GetAccountSettings',
    });
  });

  it('finds a part that is gone or going', async () => {
    dynamodb.on(DescribeTableCommand).rejects(fault('ResourceNotFoundException', 'not found'));
    expect(await finding('table')).toMatchObject({
      result: 'failed',
      message: 'ResourceNotFoundException: not found',
    });
    dynamodb.on(DescribeTableCommand).resolves({ Table: { TableStatus: 'ARCHIVED' } });
    expect(await finding('table')).toMatchObject({ result: 'failed', message: 'detections is ARCHIVED' });
  });

  it.each([
    [{}, 'ROLLBACK_COMPLETE', 'Faces is ROLLBACK_COMPLETE'],
    [{}, 'UPDATE_IN_PROGRESS', 'Faces is UPDATE_IN_PROGRESS'],
    [{ BaseUrl: undefined }, 'CREATE_COMPLETE', 'Faces has no output BaseUrl'],
  ])('goes no further than a stack that cannot be used: %j, %s', async (outputs, status, message) => {
    stackHas(outputs, status);
    const found = await findings();
    expect(found.at(-1)).toMatchObject({ check: 'stack', result: 'failed', message });
  });

  it.each([
    ['credentials', 'CredentialsProviderError', 'Could not load', 'there are none'],
    ['credentials', 'Error', 'Region is missing', 'the region is not known'],
    ['credentials', 'ExpiredToken', 'expired', 'they have expired'],
    ['credentials', 'InvalidClientTokenId', 'bad', 'AWS rejects them (InvalidClientTokenId)'],
    ['credentials', 'SignatureDoesNotMatch', 'bad', 'AWS rejects the signature (SignatureDoesNotMatch)'],
    ['credentials', 'TimeoutError', 'too slow', 'TimeoutError: too slow'],
    ['stack', 'AccessDenied', 'no', 'these credentials may not describe Faces'],
    [
      'stack',
      'ValidationError',
      'Stack does not exist',
      'there is no stack Faces in this account and region',
    ],
  ])('finds what is wrong with the %s: %s', async (check, name, words, message) => {
    cloudformation.on(DescribeStacksCommand).rejects(fault(name, words));
    const found = await findings();
    expect(found.at(-1)).toMatchObject({
      check,
      result: 'failed',
      message,
    });
    expect(found).toHaveLength(check === 'stack' ? 2 : 1);
  });
});

describe('doctor of one machine', () => {
  it.each([
    ['No space left on device', 'make room on the disk that holds the folder'],
    ['Too many open files', 'raise the limit of open files: ulimit -n'],
    ['Permission denied', 'let this user write there, or choose another folder by FACE_POLLER_DATA'],
    ['Corruption: bad block', 'end the process that holds it, or choose another folder by FACE_POLLER_DATA'],
  ])('says what to do where the database cannot be opened: %s', async (reason, fix) => {
    const cause = Object.assign(new Error(`IO error: lock: ${reason}`), { code: 'LEVEL_IO_ERROR' });
    const open = vi.spyOn(ClassicLevel.prototype, 'open').mockRejectedValue(new Error('closed', { cause }));
    await using folder = await temporaryFolder();
    const found = await findings(examineMachine({ FACE_POLLER_DATA: folder.path }));
    open.mockRestore();
    expect(found.find(({ check }) => check === 'database')).toEqual({
      check: 'database',
      result: 'failed',
      message: `FACE_POLLER_DATA: the database cannot be opened (IO error: lock: ${reason})`,
      fix,
    });
    expect(found.find(({ check }) => check === 'provider')).toMatchObject({ result: 'ok' });
  });

  it('finds a webhook secret that cannot be used', async () => {
    await using folder = await temporaryFolder();
    await writeFile(path.join(folder.path, 'webhook-secret'), '');
    const found = await findings(examineMachine({ FACE_POLLER_DATA: folder.path }));
    const secret = found.find(({ check }) => check === 'webhook secret');
    expect(secret).toMatchObject({ result: 'failed', fix: 'delete that file' });
  });
});
