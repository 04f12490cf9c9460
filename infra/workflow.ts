import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Condition, JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';

import { detectionError } from '../functions/detection/error-codes.ts';
import { type WorkflowType } from '../functions/detection/types.ts';
import { functionSeconds } from '../functions/poll/policy.ts';
import type { InvocationResult, InvocationEvent } from '../functions/poll/state.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import { grantContinuation, startContinuation } from './continuation.ts';
import { recordAbandonment } from './record-abandonment.ts';
import { pollRetries } from './retries.ts';
import { grantKey } from './table.ts';

export interface WorkflowProps {
  /** Standard, or Express, whose executions hand over to another one before their five minutes are over. */
  readonly type: WorkflowType;
  /** What the Poll state invokes. */
  readonly poll: lambda.IAlias;
  /** Where an abandonment is recorded when polling itself has failed. */
  readonly table: dynamodb.TableV2;
  /** How long the execution log is kept. */
  readonly logRetention: logs.RetentionDays;
  /** What becomes of the execution log when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * A backstop, never the deadline. Standard: behind the longest one (24 h) by more than all retries together. Express:
 * what Step Functions allows.
 */
const machineTimeouts: Record<WorkflowType, Duration> = {
  STANDARD: Duration.hours(26),
  EXPRESS: Duration.minutes(5),
};
/** A little over the function's own, so that Lambda's verdict comes first. */
const pollTimeout = Duration.seconds(functionSeconds + 5);

const nextIs = (next: InvocationResult['next']): Condition => Condition.stringEquals('$.next', next);

/** The state machine of one detection task. Its states' names are API: dashboards, tests and operators use them. */
export class Workflow extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    const isExpress = props.type === 'EXPRESS';

    const settled = new sfn.Succeed(this, 'Settled', { outputPath: '$.output' });
    const abandoned = new sfn.Fail(this, 'Abandoned', {
      errorPath: '$.error.code',
      causePath: '$.error.message',
    });
    const refused = new sfn.Fail(this, 'Refused', { error: 'InvalidInput', causePath: '$.error.message' });

    const lost = detectionError('EXECUTION_LOST');
    // `Abandoned` takes its code by path, and after a failure nothing of that shape may be in the state.
    const executionLost = new sfn.Pass(this, 'Execution lost', {
      result: sfn.Result.fromObject({ error: { code: lost.code, message: lost.message } }),
    });
    executionLost.next(abandoned);
    const record = recordAbandonment(this, props.table, lost);
    record.addCatch(executionLost, { resultPath: JsonPath.DISCARD }).next(executionLost);
    const poll = new LambdaInvoke(this, 'Poll', {
      lambdaFunction: props.poll,
      payload: sfn.TaskInput.fromObject({
        state: JsonPath.entirePayload,
        execution_name: JsonPath.stringAt('$$.Execution.Name'),
        execution_arn: JsonPath.stringAt('$$.Execution.Id'),
        entered_at: JsonPath.stringAt('$$.State.EnteredTime'),
      } satisfies InvocationEvent),
      payloadResponseOnly: true,
      // CDK's own retrier has no jitter and does not know the throttle.
      retryOnServiceExceptions: false,
      taskTimeout: sfn.Timeout.duration(pollTimeout),
    });
    for (const retry of pollRetries) poll.addRetry(retry);
    // Nothing of the error is wanted: the state stays what the invocation was given.
    poll.addCatch(record, { resultPath: JsonPath.DISCARD });

    const wait = new sfn.Wait(this, 'Wait', { time: sfn.WaitTime.secondsPath('$.wait_seconds') });
    const whatNext = new sfn.Choice(this, 'What next?')
      // Or else comparing it would be `States.Runtime`.
      .when(Condition.not(Condition.isPresent('$.next')), record)
      .when(nextIs('wait'), wait)
      .when(nextIs('settled'), settled)
      .when(nextIs('abandoned'), abandoned)
      .when(nextIs('rejected-input'), refused);
    if (isExpress) whatNext.when(nextIs('continue'), startContinuation(this));
    whatNext.otherwise(record);
    poll.next(whatNext);
    wait.next(poll);

    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      definitionBody: sfn.DefinitionBody.fromChainable(poll),
      stateMachineType: sfn.StateMachineType[props.type],
      timeout: machineTimeouts[props.type],
      logs: {
        // By the second, every line costs as much as half a minute of waiting.
        level: isExpress ? sfn.LogLevel.ERROR : sfn.LogLevel.ALL,
        // What callers hand over (media URLs, metadata) is nobody's to log.
        includeExecutionData: false,
        destination: new logs.LogGroup(this, 'Logs', {
          retention: props.logRetention,
          removalPolicy: props.removalPolicy,
        }),
      },
    });
    if (isExpress) grantContinuation(this.stateMachine);
    grantKey(this.stateMachine, props.table, ['dynamodb:UpdateItem']);
    acknowledgeWildcard(
      this.stateMachine,
      '*',
      'Log delivery is set up for the account: its actions know no resource.',
    );
    Validations.of(this.stateMachine).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SF2',
      reason:
        'The log has every state of every execution with its times; traces would repeat them at a price, and need a second permission on everything.',
    });
    if (isExpress)
      Validations.of(this.stateMachine).acknowledge({
        id: 'AwsSolutions::AwsSolutions-SF1',
        reason:
          'An Express execution is paid by the second: a line for every event would cost more than the execution. What fails is logged, and every invocation logs what it saw.',
      });
  }
}
