import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { IConstruct } from 'constructs';

import { acknowledgeGrant } from './acknowledge.ts';

export type ExecutionAction = 'states:DescribeExecution' | 'states:StopExecution';

/** Allows these actions on every execution of one state machine. */
export function grantOnExecutions(
  poller: IConstruct,
  grantee: iam.IGrantable,
  { stateMachineName }: sfn.StateMachine,
  actions: readonly ExecutionAction[],
): iam.Grant {
  const executions = Stack.of(poller).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const grant = iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [executions] });
  acknowledgeGrant(
    poller,
    grantee,
    executions,
    'These are the executions of the one state machine; each is named when it starts.',
  );
  return grant;
}
