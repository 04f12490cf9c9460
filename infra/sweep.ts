import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { due } from '../functions/records/table.ts';
import type { SweepEnv } from '../functions/sweep/env.ts';
import type { ArchiveBucket } from './archive.ts';
import { NodeFunction } from './node-function.ts';
import type { FunctionEnvironment, RecordFunctionProps } from './record-environment.ts';
import { grantOnTable, indexArn, onItems } from './table.ts';
import type { Workflow } from './workflow.ts';

export interface SweepProps extends RecordFunctionProps {
  readonly workflow: Workflow;
  /** Of the archived pictures, where there is an archive. */
  readonly pictures?: ArchiveBucket | undefined;
  readonly eventBus: events.IEventBus | events.EventBus;
}

/** Every minute: handles the records whose lease expired and the outbox entries that are due. */
export class Sweep extends Construct {
  /** The alias that the schedule invokes. */
  readonly live: lambda.IAlias;

  constructor(scope: Construct, id: string, props: SweepProps) {
    super(scope, id);
    const { table, recordEnvironment, runtime, workflow, eventBus, pictures } = props;
    this.live = new NodeFunction(this, 'Function', {
      module: 'sweep/handler.ts',
      description: 'Restarts, ends or cleans up every detection whose lease expired.',
      environment: {
        ...recordEnvironment,
        ...workflow.environment,
        EVENT_BUS_NAME: eventBus.eventBusName,
      } satisfies FunctionEnvironment<typeof SweepEnv>,
      // The next sweep starts a minute later.
      timeout: Duration.seconds(60),
      maxEventAge: Duration.minutes(1),
      runtime,
    }).live;
    grantOnTable(this.live, table, ['dynamodb:Query'], [indexArn(table, due)]);
    // It deletes pages of faces only: a head is updated, or replaced by a tombstone.
    grantOnTable(this.live, table, onItems);
    workflow.grantControl(this.live, ['states:DescribeExecution']);
    eventBus.grantPutEventsTo(this.live);
    pictures?.grant(this.live, ['Delete']);

    new events.Rule(this, 'EveryMinute', {
      description: 'Starts the sweep.',
      schedule: events.Schedule.rate(Duration.minutes(1)),
      // The next sweep finds what this one missed.
      targets: [new targets.LambdaFunction(this.live, { retryAttempts: 0 })],
    });
  }
}
