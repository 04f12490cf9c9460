import { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Condition, JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';

import { detectionError } from '../functions/detection/error-codes.ts';
import { type WorkflowType } from '../functions/detection/types.ts';
import { functionSeconds } from '../functions/poll/policy.ts';
import type { InvocationResult, InvocationEvent } from '../functions/poll/state.ts';
import { acknowledge, acknowledgeWildcard } from './acknowledge.ts';
import { grantContinuation, startContinuation } from './continuation.ts';
import { type ExecutionAction, grantOnExecutions } from './executions.ts';
import { recordAbandonment } from './record-abandonment.ts';
import { pollRetries } from './retries.ts';
import { createLogGroup, type Runtime } from './runtime.ts';
import { grantKey, type Table } from './table.ts';

export interface WorkflowProps {
  readonly type: WorkflowType;
  /** The function behind the Poll state. */
  readonly poll: lambda.IAlias;
  /** Where the workflow itself records an abandonment when polling has failed. */
  readonly table: Table;
  readonly runtime: Runtime;
}

/**
 * A backstop, never the deadline. Standard: later than the longest deadline (24 h) plus all retries. Express: the most
 * that Step Functions allows.
 */
const machineTimeouts: Record<WorkflowType, Duration> = {
  STANDARD: Duration.hours(50),
  EXPRESS: Duration.minutes(5),
};
/** A little longer than the function's own, so that Lambda's own time-out comes first. */
const pollTimeout = Duration.seconds(functionSeconds + 5);

const nextIs = (next: InvocationResult['next']): Condition => Condition.stringEquals('$.next', next);

/** The state machine of one detection task. The names of its states are API: dashboards, tests and operators use them. */
export class Workflow extends Construct {
  readonly stateMachine: sfn.StateMachine;
  /** What a function needs to start or end executions. */
  readonly environment: { readonly STATE_MACHINE_ARN: string; readonly WORKFLOW_TYPE: WorkflowType };
  readonly #poller: Construct;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    this.#poller = scope;
    const { type, table, runtime } = props;
    const isExpress = type === 'EXPRESS';
    const logGroup = createLogGroup(this, 'Logs', runtime, 'states');
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      definitionBody: sfn.DefinitionBody.fromChainable(this.#defineStates(props)),
      stateMachineType: sfn.StateMachineType[type],
      timeout: machineTimeouts[type],
      logs: {
        // At Express prices every line costs as much as half a minute of waiting.
        level: isExpress ? sfn.LogLevel.ERROR : sfn.LogLevel.ALL,
        // Inputs hold media URLs and metadata of callers.
        includeExecutionData: false,
        destination: logGroup,
      },
      tracingEnabled: runtime.tracing,
    });
    this.environment = { STATE_MACHINE_ARN: this.stateMachine.stateMachineArn, WORKFLOW_TYPE: type };
    if (isExpress) {
      grantContinuation(this.stateMachine);
      // An Express execution may write its own lines, beside the account's delivery of logs.
      logGroup.grantWrite(this.stateMachine);
    }
    grantKey(this.stateMachine, table, ['dynamodb:UpdateItem']);
    this.#acknowledge(isExpress, runtime.tracing);
  }

  /** Allows to start executions and to do these with those of a Standard workflow. */
  grantControl(grantee: iam.IGrantable, actions: readonly ExecutionAction[]): iam.Grant {
    const grant = this.stateMachine.grantStartExecution(grantee);
    // Express executions can be neither described nor stopped.
    if (this.environment.WORKFLOW_TYPE === 'EXPRESS') return grant;
    return grant.combine(grantOnExecutions(this.#poller, grantee, this.stateMachine, actions));
  }

  #defineStates({ type, poll: lambdaFunction, table }: WorkflowProps): sfn.IChainable {
    const settled = new sfn.Succeed(this, 'Settled', { outputPath: '$.output' });
    const abandoned = new sfn.Fail(this, 'Abandoned', {
      errorPath: '$.error.code',
      causePath: '$.error.message',
    });
    const refused = new sfn.Fail(this, 'Refused', { error: 'InvalidInput', causePath: '$.error.message' });

    const lost = detectionError('EXECUTION_LOST');
    // `Abandoned` reads its code by path, which the state does not hold after a failure.
    const executionLost = new sfn.Pass(this, 'Execution lost', {
      result: sfn.Result.fromObject({ error: { code: lost.code, message: lost.message } }),
    });
    executionLost.next(abandoned);
    const record = recordAbandonment(this, table, lost);
    record.addCatch(executionLost, { resultPath: JsonPath.DISCARD }).next(executionLost);
    const poll = new LambdaInvoke(this, 'Poll', {
      lambdaFunction,
      payload: sfn.TaskInput.fromObject({
        state: JsonPath.entirePayload,
        execution_name: JsonPath.stringAt('$$.Execution.Name'),
        execution_arn: JsonPath.stringAt('$$.Execution.Id'),
        entered_at: JsonPath.stringAt('$$.State.EnteredTime'),
      } satisfies InvocationEvent),
      payloadResponseOnly: true,
      // The CDK's own retrier has no jitter and does not match throttling.
      retryOnServiceExceptions: false,
      taskTimeout: sfn.Timeout.duration(pollTimeout),
    });
    for (const retry of pollRetries) poll.addRetry(retry);
    // The error is discarded: the state stays what the invocation was given.
    poll.addCatch(record, { resultPath: JsonPath.DISCARD });

    const wait = new sfn.Wait(this, 'Wait', { time: sfn.WaitTime.secondsPath('$.wait_seconds') });
    const whatNext = new sfn.Choice(this, 'What next?')
      // Comparing an absent value would fail with `States.Runtime`.
      .when(Condition.not(Condition.isPresent('$.next')), record)
      .when(nextIs('wait'), wait)
      .when(nextIs('settled'), settled)
      .when(nextIs('abandoned'), abandoned)
      .when(nextIs('rejected-input'), refused);
    if (type === 'EXPRESS') whatNext.when(nextIs('continue'), startContinuation(this));
    whatNext.otherwise(record);
    poll.next(whatNext);
    wait.next(poll);
    return poll;
  }

  #acknowledge(isExpress: boolean, isTraced: boolean): void {
    acknowledgeWildcard(
      this.stateMachine,
      '*',
      'Log delivery is set up per account: its actions take no resource.',
    );
    if (!isTraced)
      acknowledge(
        this.stateMachine,
        'SF2',
        'The log has every state of every execution with its times; traces would repeat them at a price, and need a second permission on everything.',
      );
    if (isExpress)
      acknowledge(
        this.stateMachine,
        'SF1',
        'An Express execution is priced by duration: a line per event would cost more than the execution. Failures are logged, and every invocation logs what it saw.',
      );
  }
}
