import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import type { SubmitEnv } from '../functions/submit/env.ts';
import type { ApiKey } from './api-key.ts';
import { NodeFunction } from './node-function.ts';
import type { FunctionEnvironment, RecordFunctionProps } from './record-environment.ts';
import { grantOnTable } from './table.ts';
import type { Workflow } from './workflow.ts';

export interface SubmitProps extends RecordFunctionProps {
  readonly apiKey: ApiKey;
  readonly workflow: Workflow;
  readonly baseUrl: string;
  readonly rateLimit: number;
  readonly experimentalVideo: boolean | undefined;
}

/** Submits media to the provider and starts the polling of the task: for workflows, clients and the API. */
export class Submit extends Construct {
  /** The alias to invoke. */
  readonly live: lambda.IAlias;

  constructor(scope: Construct, id: string, props: SubmitProps) {
    super(scope, id);
    const { table, recordEnvironment, runtime, apiKey, workflow, baseUrl, rateLimit } = props;
    this.live = new NodeFunction(this, 'Function', {
      module: apiKey.moduleOf('submit'),
      description: 'Submits media for detection and starts the polling of the task.',
      environment: {
        ...recordEnvironment,
        ...apiKey.environment,
        ...workflow.environment,
        CRUN_BASE_URL: baseUrl,
        RATE_LIMIT: String(rateLimit),
        EXPERIMENTAL_VIDEO: props.experimentalVideo === true ? '1' : '0',
      } satisfies Omit<FunctionEnvironment<typeof SubmitEnv>, `API_KEY_${string}`>,
      // A request waits at most 19 s for another with its key, or 18 s for slot and provider.
      timeout: Duration.seconds(30),
      // An event without a key must not be submitted twice.
      maxEventAge: Duration.hours(1),
      runtime,
    }).live;
    // It deletes nothing: a task that it has just created has no pages.
    grantOnTable(this.live, table, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']);
    apiKey.grantRead(this.live);
    workflow.grantControl(this.live, ['states:DescribeExecution']);
  }
}
