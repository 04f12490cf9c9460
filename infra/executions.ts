import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

import { acknowledgeWildcard } from './acknowledge.ts';

/** Allows a function of a construct to do this with every execution of one state machine. */
export function grantOnExecutions(
  scope: Construct,
  grantee: lambda.IAlias,
  { stateMachineName }: sfn.StateMachine,
  actions: readonly ('states:DescribeExecution' | 'states:StopExecution')[],
): void {
  const executions = Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  grantee.addToRolePolicy(new iam.PolicyStatement({ actions: [...actions], resources: [executions] }));
  acknowledgeWildcard(
    scope,
    executions,
    'These are the executions of the one state machine; each has a name of its own from its start.',
  );
}
