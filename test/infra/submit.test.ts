import { expect, it } from 'vitest';

import { statementsOf, synthesise } from '../support/synthesis.ts';

const template = synthesise(() => ({}));
const idOf = (type: string, prefix = ''): string =>
  Object.keys(template.findResources(type)).find((id) => id.startsWith(prefix)) ?? '';

it('lets the Submit function reach one table, one secret, one state machine and its own log', () => {
  const table = { 'Fn::GetAtt': [idOf('AWS::DynamoDB::GlobalTable'), 'Arn'] };
  const machine = idOf('AWS::StepFunctions::StateMachine');
  const granted = statementsOf(template, 'PollerSubmit').map(
    ({ Action, Resource }) => [[Action].flat().join(' '), Resource] as const,
  );
  expect(Object.fromEntries(granted)).toEqual({
    'logs:CreateLogStream logs:PutLogEvents': {
      'Fn::GetAtt': [idOf('AWS::Logs::LogGroup', 'PollerSubmit'), 'Arn'],
    },
    'dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem': table,
    'secretsmanager:GetSecretValue': { Ref: idOf('AWS::SecretsManager::Secret', 'PollerApiKey') },
    'states:StartExecution': { Ref: machine },
    'states:DescribeExecution': expect.objectContaining({
      'Fn::Join': expect.anything() as unknown,
    }) as unknown,
  });
  expect(granted).toHaveLength(5);
  // Of this machine's executions alone.
  const executions = JSON.stringify(granted.find(([action]) => action === 'states:DescribeExecution'));
  expect(executions).toMatch(new RegExp(`:execution:".*"${machine}","Name"\\]\\},":\\*"`));
});
