/** The judge itself: one planted fault of each kind. */
import { describe, expect, inject, it } from 'vitest';

import { instrument } from './instrument.ts';
import { errorsOf, faultsOf, modelOf } from './model.ts';

const data = inject('models');
const inputs = (service: string, operation: string, input: object) =>
  faultsOf(modelOf(service, data), operation, 'input', input);
const start = { stateMachineArn: 'arn:of:a:machine', name: '1-task', input: '{}' };
const secret = { SecretId: 'name', SecretString: 'text' };
const parameter = { Name: 'name', Value: 'value', Type: 'SecureString' };

describe('a request', () => {
  it('that is right has no fault', () => {
    expect(inputs('sfn', 'StartExecution', start)).toEqual([]);
    expect(inputs('secrets-manager', 'PutSecretValue', secret)).toEqual([]);
    expect(inputs('ssm', 'PutParameter', parameter)).toEqual([]);
    expect(
      inputs('dynamodb', 'GetItem', { TableName: 'table', Key: { id: { S: 'x' } }, ConsistentRead: true }),
    ).toEqual([]);
  });

  it.each([
    ['sfn', 'StartExecution', { ...start, stateMachineArn: undefined }, 'input.stateMachineArn: missing'],
    ['sfn', 'StartExecution', { ...start, name: 'x'.repeat(81) }, 'input.name: 81 is over 80'],
    ['sfn', 'StartExecution', { ...start, nom: 'x' }, 'input.nom: not in the model'],
    ['sfn', 'StartExecution', { ...start, input: {} }, 'input.input: not text'],
    ['sfn', 'StartExecutions', start, 'SFN has no operation StartExecutions'],
    ['ssm', 'PutParameter', { ...parameter, Type: 'Secret' }, 'input.Type: none of 3 values'],
    ['ssm', 'PutParameter', { ...parameter, KeyId: '?' }, expect.stringMatching(/^input\.KeyId: not /)],
    ['dynamodb', 'Query', { TableName: 't', Limit: 0 }, 'input.Limit: 0 is under 1'],
    ['dynamodb', 'Query', { TableName: 't', Limit: 1.5 }, 'input.Limit: not whole'],
    ['dynamodb', 'GetItem', { TableName: 't', Key: { id: { T: 'x' } } }, 'input.Key.*.T: not in the model'],
    ['dynamodb', 'GetItem', { TableName: 't', Key: [] }, 'input.Key: not a map'],
  ])('to %s %s has this fault: %#', (service, operation, input, fault) => {
    expect(inputs(service, operation, input)).toContainEqual(fault);
  });
});

it('an answer is judged by the other side of the model', () => {
  const model = modelOf('sfn', data);
  expect(faultsOf(model, 'StartExecution', 'output', { executionArn: 'arn', startDate: 0 })).toEqual([
    'output.startDate: not a date',
  ]);
  expect(errorsOf(model, 'StartExecution')).toContain('ExecutionAlreadyExists');
  expect(errorsOf(model, 'StartExecution')).not.toContain('ExecutionDoesNotExist');
});

it('a call site is found by what the module imports from the SDK', () => {
  const code = `
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
const { PutObjectCommand } = await import('@aws-sdk/client-s3');
await deps.client
  .send(new GetItemCommand({}));
await client.send(new GetItemCommand({}), { abortSignal });
await new S3Client(config).send(new PutObjectCommand({}));
await getSignedUrl(client, new PutObjectCommand({}));
new Command('of another library');`;
  const { sites, code: instrumented } = instrument('a.ts', code);
  expect(sites.map(({ site, service }) => `${site} of ${service}`)).toEqual([
    'a.ts GetItem of dynamodb',
    'a.ts GetItem 2 of dynamodb',
    'a.ts PutObject of s3',
    'a.ts PutObject 2 of s3',
  ]);
  expect(instrumented.match(/awsCalls\.through\(/g)).toHaveLength(3);
  expect(instrumented.match(/awsCalls\.signed\(/g)).toHaveLength(1);
  expect(instrumented.split('\n')).toHaveLength(code.split('\n').length);
});
