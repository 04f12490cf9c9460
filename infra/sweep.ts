import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import type { WorkflowType } from '../functions/detection/types.ts';
import { due } from '../functions/records/table.ts';
import type { SweepEnv } from '../functions/sweep/env.ts';
import { grantOnExecutions } from './executions.ts';
import { NodeFunction } from './node-function.ts';
import type { FunctionEnvironment, RecordEnvironment } from './record-environment.ts';
import { grantOnTable, indexArn, onItems } from './table.ts';

export interface SweepProps {
  /** Where overdue records are found. */
  readonly table: dynamodb.TableV2;
  /** Whose executions are asked after and started again. */
  readonly stateMachine: sfn.StateMachine;
  /** What runs them. */
  readonly workflowType: WorkflowType;
  /** Where final records are told of. */
  readonly eventBus: events.IEventBus | events.EventBus;
  /** What is decided once for every record. */
  readonly recordEnvironment: RecordEnvironment;
  /** How long its logs are kept. */
  readonly logRetention: logs.RetentionDays;
  /** What becomes of its logs when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/** Every minute: sees to whatever is overdue, so that nothing stays open. */
export class Sweep extends Construct {
  readonly live: lambda.IAlias;

  constructor(scope: Construct, id: string, props: SweepProps) {
    super(scope, id);
    const { table, stateMachine, workflowType, eventBus, recordEnvironment, logRetention, removalPolicy } =
      props;
    const environment = {
      ...recordEnvironment,
      TABLE_NAME: table.tableName,
      STATE_MACHINE_ARN: stateMachine.stateMachineArn,
      WORKFLOW_TYPE: workflowType,
      EVENT_BUS_NAME: eventBus.eventBusName,
    } satisfies FunctionEnvironment<typeof SweepEnv>;
    this.live = new NodeFunction(this, 'Function', {
      module: 'sweep/handler.ts',
      description: 'Sees to every overdue detection: takes it up again, ends it or cleans up behind it.',
      environment,
      // The next one comes in a minute.
      timeout: Duration.seconds(60),
      logRetention,
      removalPolicy,
    }).live;
    grantOnTable(this.live, table, ['dynamodb:Query'], [indexArn(table, due)]);
    // Deletes pages only: it never scans, and a head is only ever updated, or put as a tombstone.
    grantOnTable(this.live, table, onItems);
    stateMachine.grantStartExecution(this.live);
    // Express executions can be neither described nor stopped.
    if (workflowType === 'STANDARD')
      grantOnExecutions(this, this.live, stateMachine, ['states:DescribeExecution']);
    eventBus.grantPutEventsTo(this.live);

    new events.Rule(this, 'EveryMinute', {
      description: 'Sees to every overdue detection.',
      schedule: events.Schedule.rate(Duration.minutes(1)),
      // What fails is still overdue at the next one.
      targets: [new targets.LambdaFunction(this.live, { retryAttempts: 0 })],
    });
  }
}
