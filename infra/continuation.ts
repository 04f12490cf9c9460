import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

import { segmentRetries } from './retries.ts';

/**
 * Starts the execution that continues this one. If it starts twice, the record decides which of the two polls; if it
 * never starts, its lease expires and the sweep restarts the task after a few minutes.
 */
export function startContinuation(scope: Construct): sfn.CustomState {
  const state = new sfn.CustomState(scope, 'Start next leg', {
    stateJson: {
      Type: 'Task',
      Resource: `arn:${Stack.of(scope).partition}:states:::states:startExecution`,
      Parameters: {
        // A reference to its own state machine would make the definition depend on itself.
        'StateMachineArn.$': '$$.StateMachine.Id',
        'Name.$': '$.continuation.name',
        'Input.$': '$.continuation.input',
      },
      TimeoutSeconds: Duration.seconds(10).toSeconds(),
      ResultPath: null,
      OutputPath: '$.continuation.name',
      End: true,
    },
  });
  for (const retry of segmentRetries) state.addRetry(retry);
  return state;
}

/** A separate policy: the state machine depends on its role's default policy, which would depend on the state machine. */
export function grantContinuation(stateMachine: sfn.StateMachine): void {
  new iam.Policy(stateMachine, 'NextLeg', {
    statements: [
      new iam.PolicyStatement({
        actions: ['states:StartExecution'],
        resources: [stateMachine.stateMachineArn],
      }),
    ],
    roles: [stateMachine.role],
  });
}
