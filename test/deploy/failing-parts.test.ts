import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { aws, functionOf } from './aws-cli.ts';
import { deploy, type Deployment } from './deployment.ts';
import { kindsPresentOf } from './leftovers.ts';

interface Policy {
  Statement: { Action: string | string[] }[];
}

describe('a deployed stack whose function lacks a permission', () => {
  let stack: Deployment;
  beforeAll(async () => {
    stack = await deploy('Denied');
  });
  afterAll(() => stack.close());

  it('ends the record straight from the workflow when the key may not be read', async () => {
    const { Role } = await functionOf('Denied', 'PollFunction');
    const ofRole = { 'role-name': Role.split('/').at(-1) ?? '' };
    const { PolicyNames } = await aws<{ PolicyNames: string[] }>('iam list-role-policies', ofRole);
    const ofPolicy = { ...ofRole, 'policy-name': PolicyNames[0] ?? '' };
    const { PolicyDocument } = await aws<{ PolicyDocument: Policy }>('iam get-role-policy', ofPolicy);
    const Statement = PolicyDocument.Statement.filter(
      ({ Action }) => Action !== 'secretsmanager:GetSecretValue',
    );
    expect(Statement).toHaveLength(PolicyDocument.Statement.length - 1);
    const lesser = JSON.stringify({ ...PolicyDocument, Statement });
    await aws('iam put-role-policy', { ...ofPolicy, 'policy-document': lesser });

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
