import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

import { segmentRetries } from './retries.ts';

/**
 * Starts the execution that polls after this one. Should it be started twice, the record knows which of the two polls;
 * should it not be started at all, the sweep misses it in a few minutes.
 */
export function startContinuation(scope: Construct): sfn.CustomState {
  const state = new sfn.CustomState(scope, 'Start next leg', {
    stateJson: {
      Type: 'Task',
      Resource: `arn:${Stack.of(scope).partition}:states:::states:startExecution`,
      Parameters: {
        // Its own machine cannot be named by reference: the definition would need itself.
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

/** In a policy of its own: the machine waits for its role's own one, which would wait for the machine. */
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
