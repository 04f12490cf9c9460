import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import type { ApiEnv } from '../functions/api/env.ts';
import { routeList } from '../functions/api/routes.ts';
import { byStatus } from '../functions/records/table.ts';
import type { ArchiveBucket } from './archive.ts';
import { Authorize } from './authorize.ts';
import { refuse } from './invalid-setting.ts';
import { NodeFunction } from './node-function.ts';
import type { ApiOptions } from './part-options.ts';
import type { FunctionEnvironment, RecordFunctionProps } from './record-environment.ts';
import { createLogGroup } from './runtime.ts';
import { grantOnTable, indexArn, onItems } from './table.ts';
import type { Workflow } from './workflow.ts';

export interface ApiProps extends RecordFunctionProps {
  /** Of the archived pictures, where there is an archive. */
  readonly pictures?: ArchiveBucket | undefined;
  readonly workflow: Workflow;
  /** The alias of the Submit function. */
  readonly submit: lambda.IAlias;
  readonly baseUrl: string;
  readonly rateLimit: number;
  readonly options: ApiOptions;
}

/**
 * Each request may start an execution. A region gives an account 150 to 300 starts per second, which its other
 * workflows share: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const defaultThrottle = { ratePerSecond: 50, burst: 100 };

/** No paths, queries or addresses: they identify tasks and people. */
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
  /** Without a slash at the end. */
  readonly url: string;
  /** The alias that the API invokes. */
  readonly live: lambda.IAlias;
  /** Where a token opens it: the alias that compares, and the secret. */
  readonly authorize: lambda.IAlias | undefined;
  readonly tokenSecret: secrets.Secret | undefined;
  /** Counts the answers with a 5xx status. */
  readonly serverErrors: cloudwatch.Metric;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { token = false, authorizer, ...throttle } = props.options;
    const authorize = token ? new Authorize(this, 'Authorize', props) : undefined;
    const { ratePerSecond, burst } = { ...defaultThrottle, ...throttle };
    const httpApi = new apigateway.HttpApi(this, 'Api', {
      description: 'Starts, reads, retries and forgets face detections.',
      createDefaultStage: false,
    });
    this.live = this.#createFunction(props);
    this.#addRoutes(httpApi, authorizer ?? authorize?.authorizer ?? new HttpIamAuthorizer());
    new apigateway.HttpStage(this, 'Stage', {
      httpApi,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(
          createLogGroup(this, 'AccessLog', props.runtime, 'apis'),
        ),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });
    this.authorize = authorize?.live;
    this.tokenSecret = authorize?.secret;
    this.url = httpApi.apiEndpoint;
    this.serverErrors = httpApi.metricServerError();
  }

  /** One route per operation: an undocumented path reaches nothing. */
  #addRoutes(httpApi: apigateway.HttpApi, authorizer: apigateway.IHttpRouteAuthorizer): void {
    const integration = new HttpLambdaIntegration('Function', this.live);
    for (const { method, path } of Object.values(routeList)) {
      const methods = [apigateway.HttpMethod[method]];
      for (const route of httpApi.addRoutes({ path, methods, integration, authorizer })) {
        const { authorizationType = 'NONE' } = route.node.defaultChild as apigateway.CfnRoute;
        if (authorizationType === 'NONE')
          refuse(
            `api.authorizer: leaves ${method} ${path} open to unauthenticated callers; use an authorizer that identifies them`,
          );
      }
    }
  }

  #createFunction({
    table,
    recordEnvironment,
    runtime,
    workflow,
    submit,
    pictures,
    baseUrl,
    rateLimit,
  }: ApiProps): lambda.IAlias {
    const { live } = new NodeFunction(this, 'Function', {
      module: 'api/handler.ts',
      description: 'Handles one HTTP request: starts, reads, retries or forgets a detection.',
      environment: {
        ...recordEnvironment,
        ...workflow.environment,
        SUBMIT_FUNCTION_ARN: submit.functionArn,
        CRUN_BASE_URL: baseUrl,
        RATE_LIMIT: String(rateLimit),
      } satisfies FunctionEnvironment<typeof ApiEnv>,
      // API Gateway waits at most 30 s; after 20 s the handler answers that it cannot answer.
      timeout: Duration.seconds(29),
      runtime,
    });
    // It deletes pages of faces only: a head is put, updated, or replaced by a tombstone.
    grantOnTable(live, table, onItems);
    const resourceArns = [submit.functionArn];
    iam.Grant.addToPrincipal({ grantee: live, actions: ['lambda:InvokeFunction'], resourceArns });
    grantOnTable(live, table, ['dynamodb:Query'], [indexArn(table, byStatus)]);
    workflow.grantControl(live, ['states:DescribeExecution', 'states:StopExecution']);
    pictures?.grant(live, ['Get', 'Delete']);
    return live;
  }
}
