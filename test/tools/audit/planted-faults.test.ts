import { CfnResource, Duration, Stack } from 'aws-cdk-lib';
import { CfnApi, CfnRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, CfnUrl } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';

import { FaceDetectionPoller } from '../../../infra/poller.ts';
import { assertTemplate } from '../../../tools/audit/assertions.ts';
import { judgeByCdkNag } from '../../../tools/audit/cdk-nag.ts';
import { judgePermissions } from '../../../tools/audit/permissions.ts';
import { audit, createUnbundledApp } from '../../../tools/audit/shapes.ts';

type Plant = (stack: Stack, poller: FaceDetectionPoller) => void;

/** Who objects, and by which rule, to a stack of the construct once something was done to it. */
function objections(plant: Plant): string[] {
  const stack = new Stack(createUnbundledApp(), 'Planted');
  plant(stack, new FaceDetectionPoller(stack, 'Poller'));
  const { template } = audit('planted', stack);
  const rules = [
    ...judgeByCdkNag(stack).findings.map(({ rule }) => `cdk-nag ${rule}`),
    ...[...assertTemplate(template), ...judgePermissions(template)].map(({ rule }) => rule),
  ];
  return [...new Set(rules)].toSorted();
}

/** The first resource of a type, to be bent. */
function first(scope: Construct, type: string): CfnResource {
  const found = scope.node
    .findAll()
    .find((child) => CfnResource.isCfnResource(child) && child.cfnResourceType === type);
  if (found === undefined) throw new Error(`there is no ${type}`);
  return found as CfnResource;
}

const bend =
  (type: string, path: string, value: unknown): Plant =>
  (stack) => {
    first(stack, type).addPropertyOverride(path, value);
  };

const statement = (action: string, resource: string): PolicyStatement =>
  new PolicyStatement({ actions: [action], resources: [resource] });

const pitr = 'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled';

// The first synthesis loads the CDK, which a busy machine stretches.
describe('the judges that need nothing but npm', { timeout: 120_000 }, () => {
  it('have nothing against the construct as it is', () => {
    expect(objections(() => {})).toEqual([]);
  });

  it.each<[string, Plant, string[]]>([
    [
      'a function that may read every table',
      (_stack, { pollFunction }) => {
        pollFunction.addToRolePolicy(statement('dynamodb:GetItem', '*'));
      },
      ['cdk-nag AwsSolutions-IAM5[Resource::*]', 'wide-resource'],
    ],
    [
      'a workflow that may read every table, where cdk-nag was told to accept a *',
      (_stack, { stateMachine }) => {
        stateMachine.addToRolePolicy(statement('dynamodb:GetItem', '*'));
      },
      ['wide-resource'],
    ],
    [
      'a function that may do anything to its table',
      (_stack, { pollFunction, table }) => {
        pollFunction.addToRolePolicy(statement('dynamodb:*', table.tableArn));
      },
      ['cdk-nag AwsSolutions-IAM5[Action::dynamodb:*]', 'wide-action'],
    ],
    [
      'a route without authorisation',
      (stack) => {
        const api = new CfnApi(stack, 'Api', { name: 'Api', protocolType: 'HTTP' });
        new CfnRoute(stack, 'Route', { apiId: api.ref, routeKey: 'GET /detections/{id}' });
      },
      ['cdk-nag AwsSolutions-APIG4', 'open-route'],
    ],
    [
      'a route that says it is open',
      (stack) => {
        const api = new CfnApi(stack, 'Api', { name: 'Api', protocolType: 'HTTP' });
        new CfnRoute(stack, 'Route', { apiId: api.ref, routeKey: '$default', authorizationType: 'NONE' });
      },
      ['cdk-nag AwsSolutions-APIG4', 'open-route'],
    ],
    [
      'an API with a target of its own',
      (stack, { pollFunction }) => {
        new CfnApi(stack, 'Api', { name: 'Api', protocolType: 'HTTP', target: pollFunction.functionArn });
      },
      ['open-route'],
    ],
    [
      'a function URL without authorisation',
      (stack, { pollFunction }) => {
        new CfnUrl(stack, 'Url', { targetFunctionArn: pollFunction.functionArn, authType: 'NONE' });
      },
      ['function-url'],
    ],
    [
      'a function that a service may invoke for any account',
      (stack, { pollFunction }) => {
        const { functionArn: functionName } = pollFunction;
        const action = 'lambda:InvokeFunction';
        new CfnPermission(stack, 'Invoke', { action, functionName, principal: 'apigateway.amazonaws.com' });
      },
      ['open-function'],
    ],
    [
      'a table without point-in-time recovery',
      bend('AWS::DynamoDB::GlobalTable', `Replicas.0.${pitr}`, false),
      ['point-in-time-recovery'],
    ],
    [
      'execution data in logs',
      bend('AWS::StepFunctions::StateMachine', 'LoggingConfiguration.IncludeExecutionData', true),
      ['execution-data'],
    ],
    [
      'a log group that keeps its events for ever',
      (stack) => {
        new LogGroup(stack, 'Logs', { retention: RetentionDays.INFINITE });
      },
      ['log-retention'],
    ],
    [
      'a function that leaves its log group to Lambda',
      bend('AWS::Lambda::Function', 'LoggingConfig', undefined),
      ['log-retention'],
    ],
    [
      "a function in the workflow's role",
      (stack) => {
        const { roleArn } = first(stack, 'AWS::StepFunctions::StateMachine') as CfnStateMachine;
        first(stack, 'AWS::Lambda::Function').addPropertyOverride('Role', roleArn);
      },
      ['own-role'],
    ],
    [
      'a rule that leaves failed deliveries to EventBridge',
      (stack, { pollFunction }) => {
        const Targets = [{ Id: 'Target', Arn: pollFunction.functionArn }];
        const properties = { ScheduleExpression: 'rate(1 minute)', Targets };
        new CfnResource(stack, 'Rule', { type: 'AWS::Events::Rule', properties });
      },
      ['failed-delivery'],
    ],
    [
      'a rule that leaves failed invocations to Lambda',
      (stack, { pollFunction }) => {
        new Rule(stack, 'Rule', {
          schedule: Schedule.rate(Duration.minutes(1)),
          targets: [new LambdaFunction(pollFunction, { retryAttempts: 0 })],
        });
      },
      ['asynchronous-retries'],
    ],
    [
      'asynchronous invocations without an age',
      bend('AWS::Lambda::EventInvokeConfig', 'MaximumEventAgeInSeconds', undefined),
      ['asynchronous-retries'],
    ],
    [
      'a table with a name of its own',
      bend('AWS::DynamoDB::GlobalTable', 'TableName', 'face-detections'),
      ['physical-name'],
    ],
    [
      'a region, an account and a partition',
      bend(
        'AWS::Lambda::Function',
        'Description',
        'See arn:aws:states:eu-central-1:123456789012:stateMachine:Poller.',
      ),
      ['hard-coded'],
    ],
  ])('object to %s', (_fault, plant, rules) => {
    expect(objections(plant)).toEqual(rules);
  });
});
