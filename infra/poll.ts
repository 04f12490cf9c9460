import { Duration } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import type { WorkflowType } from '../functions/detection/types.ts';
import type { PollEnv } from '../functions/poll/env.ts';
import { functionMemoryMb, functionSeconds } from '../functions/poll/policy.ts';
import type { ApiKey } from './api-key.ts';
import { NodeFunction } from './node-function.ts';
import type { FunctionEnvironment, RecordFunctionProps } from './record-environment.ts';
import { grantOnTable, onItems } from './table.ts';

export interface PollProps extends RecordFunctionProps {
  readonly apiKey: ApiKey;
  readonly eventBus: events.IEventBus | events.EventBus;
  readonly workflowType: WorkflowType;
  readonly baseUrl: string;
  readonly rateLimit: number;
  readonly firstInvocationBudget: Duration | undefined;
  readonly laterInvocationBudget: Duration | undefined;
  readonly reservedConcurrency: number | undefined;
}

/** One invocation polls one detection until it settles or the workflow has to wait. */
export class Poll extends Construct {
  /** The alias that the state machine invokes. */
  readonly live: lambda.IAlias;

  constructor(scope: Construct, id: string, props: PollProps) {
    super(scope, id);
    const { table, recordEnvironment, runtime, apiKey, eventBus, workflowType } = props;
    const { baseUrl, rateLimit, firstInvocationBudget: first, laterInvocationBudget: later } = props;
    this.live = new NodeFunction(this, 'Function', {
      module: apiKey.moduleOf('poll'),
      description: 'Polls the provider for one detection and records its answer.',
      environment: {
        ...recordEnvironment,
        ...apiKey.environment,
        EVENT_BUS_NAME: eventBus.eventBusName,
        CRUN_BASE_URL: baseUrl,
        RATE_LIMIT: String(rateLimit),
        WORKFLOW_TYPE: workflowType,
        ...(first && { FIRST_INVOCATION_BUDGET_SECONDS: String(first.toSeconds()) }),
        ...(later && { LATER_INVOCATION_BUDGET_SECONDS: String(later.toSeconds()) }),
      } satisfies Omit<FunctionEnvironment<typeof PollEnv>, `API_KEY_${string}`>,
      timeout: Duration.seconds(functionSeconds),
      memoryMb: functionMemoryMb,
      reservedConcurrency: props.reservedConcurrency,
      runtime,
    }).live;
    // An invocation knows its record's key: it neither queries an index nor scans.
    grantOnTable(this.live, table, onItems);
    apiKey.grantRead(this.live);
    eventBus.grantPutEventsTo(this.live);
  }
}
