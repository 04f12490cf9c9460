import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import type { ApiEnv } from '../functions/api/env.ts';
import { routes } from '../functions/api/routes.ts';
import type { WorkflowType } from '../functions/detection/types.ts';
import { byStatus } from '../functions/records/table.ts';
import { grantOnExecutions } from './executions.ts';
import { NodeFunction } from './node-function.ts';
import type { FunctionEnvironment, RecordEnvironment } from './record-environment.ts';
import { grantOnTable, indexArn, onItems } from './table.ts';

export interface ApiOptions {
  /** Who may call. Default: AWS IAM, so that every request is signed. An API that is open to all is refused. */
  readonly authorizer?: apigateway.IHttpRouteAuthorizer;
  /** How many requests a second are let through in the long run. Default: 50. */
  readonly ratePerSecond?: number;
  /** How many requests may come at once. Default: 100. */
  readonly burst?: number;
}

export interface ApiProps extends ApiOptions {
  /** Where the records are. */
  readonly table: dynamodb.TableV2;
  /** What a start starts. */
  readonly stateMachine: sfn.StateMachine;
  /** What runs them. */
  readonly workflowType: WorkflowType;
  /** What is decided once for every record. */
  readonly recordEnvironment: RecordEnvironment;
  /** How long its logs are kept. */
  readonly logRetention: logs.RetentionDays;
  /** What becomes of its logs when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Each request may start an execution. A region gives an account 150 to 300 of these a second, which its other
 * workflows share: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const defaultThrottle = { rateLimit: 50, burstLimit: 100 };

/** Neither paths, queries nor addresses: they name tasks and people. */
const accessLogFields = {
  request_id: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  response_bytes: '$context.responseLength',
  latency_ms: '$context.responseLatency',
  function_status: '$context.integration.status',
};

/** The records over HTTP: an API, its stage and the function behind each of its routes. */
export class Api extends Construct {
  /** Where it listens, without a slash at its end. */
  readonly url: string;
  /** One request; the API invokes it. */
  readonly live: lambda.IAlias;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { logRetention, removalPolicy } = props;
    const api = new apigateway.HttpApi(this, 'Api', {
      description: 'Starts, reads, retries and forgets face detections.',
      createDefaultStage: false,
    });
    const handler = this.#createFunction(props);
    this.live = handler.live;
    this.#addRoutes(api, props.authorizer ?? new HttpIamAuthorizer(), handler);

    const accessLog = new logs.LogGroup(this, 'AccessLog', { retention: logRetention, removalPolicy });
    new apigateway.HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: {
        rateLimit: props.ratePerSecond ?? defaultThrottle.rateLimit,
        burstLimit: props.burst ?? defaultThrottle.burstLimit,
      },
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });
    this.url = api.apiEndpoint;
  }

  /** One route an operation: what is not described is not let through. */
  #addRoutes(
    api: apigateway.HttpApi,
    authorizer: apigateway.IHttpRouteAuthorizer,
    handler: NodeFunction,
  ): void {
    const integration = new HttpLambdaIntegration('Function', handler.live);
    for (const { method, path } of Object.values(routes)) {
      const methods = [apigateway.HttpMethod[method]];
      for (const route of api.addRoutes({ path, methods, integration, authorizer })) {
        const { authorizationType = 'NONE' } = route.node.defaultChild as apigateway.CfnRoute;
        if (authorizationType !== 'NONE') continue;
        throw new Error(
          `api.authorizer: leaves ${method} ${path} open to everybody; give one that asks who calls`,
        );
      }
    }
  }

  #createFunction({
    table,
    stateMachine,
    workflowType,
    recordEnvironment,
    logRetention,
    removalPolicy,
  }: ApiProps): NodeFunction {
    const environment = {
      ...recordEnvironment,
      TABLE_NAME: table.tableName,
      STATE_MACHINE_ARN: stateMachine.stateMachineArn,
      WORKFLOW_TYPE: workflowType,
    } satisfies FunctionEnvironment<typeof ApiEnv>;
    const handler = new NodeFunction(this, 'Function', {
      module: 'api/handler.ts',
      description: 'One HTTP request: starts, reads, retries or forgets a detection.',
      environment,
      // The gateway waits 30 s at the most; the handler says after 20 s that it cannot answer.
      timeout: Duration.seconds(29),
      logRetention,
      removalPolicy,
    });
    // Deletes pages only: a head is put, updated, or replaced by a tombstone.
    grantOnTable(handler.live, table, onItems);
    grantOnTable(handler.live, table, ['dynamodb:Query'], [indexArn(table, byStatus)]);
    stateMachine.grantStartExecution(handler.live);
    if (workflowType === 'STANDARD')
      grantOnExecutions(this, handler.live, stateMachine, [
        'states:DescribeExecution',
        'states:StopExecution',
      ]);
    return handler;
  }
}
