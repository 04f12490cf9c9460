import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import { acknowledgeWildcard } from './acknowledge.ts';

export type ExecutionAction = 'states:DescribeExecution' | 'states:StopExecution';

/** Allows these actions on every execution of one state machine. */
export function grantOnExecutions(
  scope: Construct,
  grantee: iam.IGrantable,
  { stateMachineName }: sfn.StateMachine,
  actions: readonly ExecutionAction[],
): iam.Grant {
  const executions = Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const grant = iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [executions] });
  // Its policies stand below it.
  const principal = grantee.grantPrincipal;
  acknowledgeWildcard(
    Construct.isConstruct(principal) ? principal : scope,
    executions,
    'These are the executions of the one state machine; each is named when it starts.',
  );
  return grant;
}
