/** What is in the account of a stack, whether CloudFormation knows of it or not. */
import { inject } from 'vitest';

import { runProgram } from './commands.ts';

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

/** The kinds of which something bears the stack's name. */
export async function kindsPresentOf(stackName: string): Promise<Kind[]> {
  const options = { endpoint: inject('endpoint'), home: inject('temporary') };
  const kinds = await Promise.all(
    Object.entries(listings).map(async ([kind, command]) => {
      const listed = await runProgram('aws', command.split(' '), options);
      return [`"${stackName}"`, `${stackName}-`, `/${stackName}/`].some((name) => listed.includes(name))
        ? [kind as Kind]
        : [];
    }),
  );
  return kinds.flat();
}
