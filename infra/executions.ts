import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

import { acknowledgeWildcard } from './acknowledge.ts';

export type ExecutionAction = 'states:DescribeExecution' | 'states:StopExecution';

/** Allows a function, inside the scope, these actions on every execution of one state machine. */
export function grantOnExecutions(
  scope: Construct,
  grantee: lambda.IAlias,
  { stateMachineName }: sfn.StateMachine,
  actions: readonly ExecutionAction[],
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
    'These are the executions of the one state machine; each is named when it starts.',
  );
}
