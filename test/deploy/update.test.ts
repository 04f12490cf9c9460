import { inject } from 'vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runProgram } from './commands.ts';
import { deploy, type Deployment } from './deployment.ts';

/** Everything that can be left of a stack: names and ARNs begin with, or hold, the stack's name. */
const listings = {
  stacks: 'cloudformation list-stacks --stack-status-filter CREATE_COMPLETE UPDATE_COMPLETE',
  stateMachines: 'stepfunctions list-state-machines',
  functions: 'lambda list-functions',
  roles: 'iam list-roles',
  rules: 'events list-rules',
  tables: 'dynamodb list-tables',
  secrets: 'secretsmanager list-secrets',
  logs: 'logs describe-log-groups',
};
type Kind = keyof typeof listings;

describe('a deployed stack', () => {
  let stack: Deployment;
  beforeAll(async () => {
    stack = await deploy('Update');
  });
  afterAll(() => stack.close());

  const options = { endpoint: inject('endpoint'), home: inject('temporary') };
  /** The kinds of which something bears the stack's name. */
  async function present(): Promise<Kind[]> {
    const kinds = await Promise.all(
      Object.entries(listings).map(async ([kind, command]) => {
        const listed = await runProgram('aws', command.split(' '), options);
        return listed.includes(`${stack.stackName}-`) || listed.includes(`/${stack.stackName}/`)
          ? [kind]
          : [];
      }),
    );
    return kinds.flat() as Kind[];
  }

  it('brings running executions through an update, and new ones get its settings', async () => {
    const ids = ['under-way', 'waiting'];
    for (const id of ids)
      stack.simulator.submit(
        [
          { step: 'after', ms: 25_000 },
          { step: 'succeeded', faces: 2 },
        ],
        id,
      );
    const executions = await Promise.all(ids.map((id) => stack.start({ detect_task_id: id })));
    const versionBefore = await stack.client.start({ detect_task_id: 'under-way' });
    const { outputs } = stack;

    await stack.update({ deadlineSeconds: 900 });
    expect(await stack.outputsNow()).toEqual({ ...outputs, DeadlineSeconds: '900' });
    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], 'new');
    await stack.ended(await stack.start({ detect_task_id: 'new' }));

    const running = await Promise.all(executions.map((executionArn) => stack.describe(executionArn)));
    expect(running.map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING']);
    const endings = await Promise.all(executions.map((executionArn) => stack.ended(executionArn)));
    expect(endings.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(await stack.item('under-way')).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      deadline_at: versionBefore.deadline_at,
      deadline_seconds: 3_600,
    });
    expect(await stack.item('new')).toMatchObject({ status: 'succeeded', deadline_seconds: 900 });
  });

  it('leaves the data and nothing else when it is destroyed, unless told otherwise', async () => {
    await stack.update({ removalPolicy: 'retain' });
    expect(await present()).toEqual(
      expect.arrayContaining(['stateMachines', 'functions', 'roles', 'tables']),
    );
    await stack.destroy();

    expect(await present()).toEqual(['tables', 'secrets', 'logs']);
    expect(await stack.item('under-way')).toMatchObject({ status: 'succeeded', face_count: 2 });
  });

  it('leaves nothing at all with removalPolicy=destroy', async () => {
    const other = await deploy('Gone');
    await other.destroy();
    await other.close();

    const leftovers = await Promise.all(
      Object.values(listings).map((command) => runProgram('aws', command.split(' '), options)),
    );
    expect(leftovers.filter((listed) => listed.includes('Gone'))).toEqual([]);
  });
});
