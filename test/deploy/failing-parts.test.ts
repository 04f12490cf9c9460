import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { runProgram } from './commands.ts';
import { deploy, type Deployment } from './deployment.ts';
import { kindsPresentOf } from './leftovers.ts';

interface Policy {
  Statement: { Action: string | string[] }[];
}

const aws = async <Answer>(...args: string[]): Promise<Answer> => {
  const options = { endpoint: inject('endpoint'), home: inject('temporary') };
  return JSON.parse((await runProgram('aws', [...args, '--output', 'json'], options)) || '{}') as Answer;
};

describe('a deployed stack whose function lacks a permission', () => {
  let stack: Deployment;
  beforeAll(async () => {
    stack = await deploy('Denied');
  });
  afterAll(() => stack.close());

  it('ends the record straight from the workflow when the key may not be read', async () => {
    const { Roles } = await aws<{ Roles: { RoleName: string }[] }>('iam', 'list-roles');
    const role =
      Roles.find(({ RoleName }) => RoleName.startsWith('Denied-PollerPollFunctionRole'))?.RoleName ?? '';
    const ofRole = ['--role-name', role];
    const { PolicyNames } = await aws<{ PolicyNames: string[] }>('iam', 'list-role-policies', ...ofRole);
    const ofPolicy = [...ofRole, '--policy-name', PolicyNames[0] ?? ''];
    const { PolicyDocument } = await aws<{ PolicyDocument: Policy }>('iam', 'get-role-policy', ...ofPolicy);
    const Statement = PolicyDocument.Statement.filter(
      ({ Action }) => Action !== 'secretsmanager:GetSecretValue',
    );
    expect(Statement).toHaveLength(PolicyDocument.Statement.length - 1);
    const lesser = JSON.stringify({ ...PolicyDocument, Statement });
    await aws('iam', 'put-role-policy', ...ofPolicy, '--policy-document', lesser);

    const executionArn = await stack.start({ detect_task_id: 'keyless' });
    const ending = await stack.ended(executionArn);

    expect(ending).toMatchObject({ status: 'FAILED', error: 'EXECUTION_LOST' });
    expect(await stack.item('keyless')).toMatchObject({
      status: 'abandoned',
      polls: 0,
      error: { code: 'EXECUTION_LOST', retryable: true },
    });
    expect(stack.simulator.requestsFor('keyless')).toEqual([]);
    const { events = [] } = await stack.sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    const failures = events.flatMap(({ taskFailedEventDetails: details }) => (details ? [details] : []));
    // Gap `error-names`: at AWS it is the name of what the function threw.
    expect(failures.map(({ error }) => error)).toEqual(Array(4).fill('Runtime.HandlerError'));
  });

  it('leaves nothing at all behind with removalPolicy=destroy', async () => {
    expect(await kindsPresentOf('Denied')).toContain('tables');
    await stack.destroy();
    expect(await kindsPresentOf('Denied')).toEqual([]);
  });
});
