import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';

import { outputs } from '../../functions/outputs.ts';
import { FaceDetectionPoller } from '../../infra/poller.ts';
import { readModules } from '../../tools/rooms.ts';
import { newStack, statementsOf, synthesise } from '../support/synthesis.ts';

const outputsOf = (stack: Stack) => Template.fromStack(stack).toJSON()['Outputs'] as Record<string, object>;

/** The modules that a client of a deployed poller consists of. */
function clientModules(): string[] {
  const modules = new Map(readModules().map((module) => [module.file, module]));
  const found = new Set(['client/deployed-stack.ts']);
  for (const file of found) for (const next of modules.get(file)?.imports ?? []) found.add(next);
  return [...found].map((file) => modules.get(file)?.text ?? '');
}

describe('the outputs of the construct', () => {
  it('stand behind its id, so that several fit into a stack', () => {
    const stack = newStack();
    const first = new FaceDetectionPoller(stack, 'Faces', { api: { token: true }, archive: true });
    new FaceDetectionPoller(stack, 'more-faces', { outputs: { exported: true } });
    const found = outputsOf(stack);

    const names = Object.keys(outputs).filter((name) => !/^ApiKey(Parameter|Encryption)/.test(name));
    expect(Object.keys(first.outputs).toSorted()).toEqual(names.toSorted());
    for (const name of names) expect(found[`Faces${name}`]).toHaveProperty('Value');
    expect(found['FacesTableName']).not.toHaveProperty('Export');
    expect(found['morefacesTableName']).toMatchObject({ Export: { Name: 'Own:morefacesTableName' } });
  });

  it('must not have the same names twice in a stack', () => {
    const stack = newStack();
    new FaceDetectionPoller(stack, 'Faces');
    expect(() => new FaceDetectionPoller(stack, 'Others', { outputs: { prefix: 'Faces' } })).toThrow(
      'outputs.prefix: Own/Faces and Own/Others both have "Faces"; give the outputs of one another prefix',
    );
    expect(() => new FaceDetectionPoller(stack, 'More', { outputs: { prefix: 'a-b' } })).toThrow(
      'outputs.prefix: must be at most 100 letters and digits, not a-b',
    );
  });
});

describe('grantClient', () => {
  const services: Record<string, string> = {
    cloudformation: 'cloudformation',
    dynamodb: 'dynamodb',
    sfn: 'states',
    s3: 's3',
    lambda: 'lambda',
  };
  /** Where an operation's permission has another name; the client itself writes no picture. */
  const permissions: Record<string, string> = {
    'lambda:Invoke': 'lambda:InvokeFunction',
    's3:DeleteObjects': 's3:DeleteObject',
    's3:ListObjectsV2': 's3:ListBucket',
    's3:PutObject': 's3:GetObject',
  };
  /** What IAM calls the operation of a command. */
  const actionsIn = (text: string): string[] =>
    [...text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g)].flatMap(
      ([, names = '', client = '']) =>
        [...names.matchAll(/\b(\w+)Command\b/g)].map(([, operation = '']) => {
          const action = `${services[client] ?? client}:${operation}`;
          return permissions[action] ?? action;
        }),
    );

  it.each(['STANDARD', 'EXPRESS'] as const)(
    'allows every call that the client can make: %s',
    (workflowType) => {
      const template = synthesise(
        () => ({ workflowType, archive: true }),
        (poller, stack) => {
          const role = new iam.Role(stack, 'Client', { assumedBy: new iam.AccountRootPrincipal() });
          expect(poller.grantClient(role).success).toBe(true);
        },
      );
      const allowed = statementsOf(template, 'Client').flatMap(({ Action }) => Action);
      // Express executions can be neither described nor stopped, and no client tries it.
      const impossible = ['states:DescribeExecution', 'states:StopExecution'];
      const called = new Set(clientModules().flatMap(actionsIn));
      expect(called.size).toBeGreaterThan(6);
      const needed = [...called].filter((each) => workflowType === 'STANDARD' || !impossible.includes(each));
      expect(needed.filter((action) => !allowed.includes(action))).toEqual([]);
    },
  );
});
