/** What the services decide by settings of the template: retries, permissions, alarms. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { byStatus, due } from '../../functions/records/table.ts';
import { aws, functionOf } from './aws-cli.ts';
import { deploy, type Deployment } from './deployment.ts';

const stackName = 'Services';
const eventBusName = 'services';

interface Alarm {
  AlarmName: string;
  StateValue: string;
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: string }[];
}

async function alarmOf(name: string): Promise<Alarm | undefined> {
  const { MetricAlarms } = await aws<{ MetricAlarms: Alarm[] }>('cloudwatch describe-alarms');
  return MetricAlarms.find(({ AlarmName }) => AlarmName.startsWith(`${stackName}-PollerAlarms${name}`));
}

/** Of the last hour, under exactly these dimensions. */
async function sumOf(namespace: string, metric: string, dimensions: object): Promise<number | undefined> {
  const { Datapoints } = await aws<{ Datapoints: { Sum: number }[] }>('cloudwatch get-metric-statistics', {
    namespace,
    'metric-name': metric,
    dimensions: JSON.stringify(dimensions),
    statistics: 'Sum',
    period: '3600',
    'start-time': new Date(Date.now() - 3_600_000).toISOString(),
    'end-time': new Date(Date.now() + 60_000).toISOString(),
  });
  return Datapoints.length === 0 ? undefined : Datapoints.reduce((sum, { Sum }) => sum + Sum, 0);
}

/** Whether a role may do something. */
async function decided(role: string, action: string, resource: string): Promise<string[]> {
  const { EvaluationResults } = await aws<{ EvaluationResults: { EvalDecision: string }[] }>(
    'iam simulate-principal-policy',
    { 'policy-source-arn': role, 'action-names': action, 'resource-arns': resource },
  );
  return EvaluationResults.map(({ EvalDecision }) => EvalDecision);
}

const named = (dimensions: Record<string, string>) =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

describe('the services of a deployed stack', () => {
  let stack: Deployment;
  let keyArn: string;
  let webhookSecretArn: string;
  beforeAll(async () => {
    const { KeyMetadata } = await aws<{ KeyMetadata: { Arn: string } }>('kms create-key');
    keyArn = KeyMetadata.Arn;
    const secret = await aws<{ ARN: string }>('secretsmanager create-secret', {
      name: 'services-webhooks',
      'kms-key-id': keyArn,
      'secret-string': randomBytes(32).toString('base64'),
    });
    webhookSecretArn = secret.ARN;
    // A bus of its own: events of other stacks invoke nothing here.
    await aws('events create-event-bus', { name: eventBusName });
    const settings = {
      api: 'true',
      webhookSecretArn,
      webhookSecretEncryptionKeyArn: keyArn,
      eventBusName,
    };
    stack = await deploy(stackName, settings);
    return stack.end;
  });

  it('repeat a failed invocation, but none through the alias that the rules invoke', async () => {
    const { FunctionName, LoggingConfig } = await functionOf(stackName, 'Deliver');
    const invocations = async (): Promise<string[]> => {
      const found = await aws<{ events: { message: string }[] }>('logs filter-log-events', {
        'log-group-name': LoggingConfig.LogGroup,
      });
      return found.events.flatMap(({ message }) => /^START .* Version: (\S+)/.exec(message)?.[1] ?? []);
    };
    // No event of a record: the function fails.
    for (const version of ['live', '$LATEST'])
      await aws(`lambda invoke --invocation-type Event ${inject('temporary')}/answer.json`, {
        'function-name': `${FunctionName}:${version}`,
      });
    // Lambda's default; what the alias was invoked with came first.
    const isRepeated = async () =>
      (await invocations()).filter((version) => version === '$LATEST').length === 3;
    await vi.waitUntil(isRepeated, { timeout: 60_000, interval: 500 });
    expect((await invocations()).filter((version) => version !== '$LATEST')).toHaveLength(1);
  });

  it('let the function that signs use the key of an imported secret, and no other function', async () => {
    const { Role: deliver } = await functionOf(stackName, 'Deliver');
    const { Role: poll } = await functionOf(stackName, 'PollFunction');
    expect(await decided(deliver, 'secretsmanager:GetSecretValue', webhookSecretArn)).toEqual(['allowed']);
    expect(await decided(deliver, 'kms:Decrypt', keyArn)).toEqual(['allowed']);
    expect(await decided(poll, 'kms:Decrypt', keyArn)).toEqual(['implicitDeny']);
  });

  it('let the workflow do what its states call, and nothing more', async () => {
    const { roleArn } = await aws<{ roleArn: string }>('stepfunctions describe-state-machine', {
      'state-machine-arn': stack.outputs['StateMachineArn'] ?? '',
    });
    const { FunctionArn } = await functionOf(stackName, 'PollFunction');
    const { Table } = await aws<{ Table: { TableArn: string } }>('dynamodb describe-table', {
      'table-name': stack.outputs['TableName'] ?? '',
    });
    expect(await decided(roleArn, 'lambda:InvokeFunction', `${FunctionArn}:live`)).toEqual(['allowed']);
    expect(await decided(roleArn, 'lambda:InvokeFunction', FunctionArn)).toEqual(['implicitDeny']);
    expect(await decided(roleArn, 'dynamodb:UpdateItem', Table.TableArn)).toEqual(['allowed']);
    expect(await decided(roleArn, 'dynamodb:GetItem', Table.TableArn)).toEqual(['implicitDeny']);
  });

  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html, and that of DynamoDB. */
  it.each<
    [alarm: string, namespace: string, metric: string, dimensions: () => Promise<Record<string, string>>]
  >([
    [
      'FailingApi',
      'AWS/ApiGateway',
      '5xx',
      async () => {
        const { StackResources } = await aws<{ StackResources: Record<string, string>[] }>(
          'cloudformation describe-stack-resources',
          { 'stack-name': stackName },
        );
        const api = StackResources.find(({ ResourceType }) => ResourceType === 'AWS::ApiGatewayV2::Api');
        return { ApiId: api?.['PhysicalResourceId'] ?? '' };
      },
    ],
    ...[byStatus, due].map(
      ({ indexName }): [string, string, string, () => Promise<Record<string, string>>] => [
        `Throttled${indexName.replaceAll('_', '')}`,
        'AWS/DynamoDB',
        'WriteThrottleEvents',
        async () => ({ TableName: stack.outputs['TableName'] ?? '', GlobalSecondaryIndexName: indexName }),
      ],
    ),
  ])('fire the alarm %s by %s %s', async (alarm, namespace, metric, dimensionsOf) => {
    const dimensions = named(await dimensionsOf());
    // The emulator's alarms look at a metric of every dimension; its statistics do not.
    const watched = async () => {
      const found = await alarmOf(alarm);
      return sumOf(found?.Namespace ?? '', found?.MetricName ?? '', found?.Dimensions ?? []);
    };
    expect(await watched()).toBeUndefined();
    const data = { MetricName: metric, Dimensions: dimensions, Value: 3, Unit: 'Count' };
    await aws('cloudwatch put-metric-data', { namespace, 'metric-data': JSON.stringify([data]) });
    expect(await watched()).toBe(3);
    expect((await alarmOf(alarm))?.StateValue).toBe('ALARM');
  });

  it('count no error of the function of the API where every answer is 500', async () => {
    const { FunctionName, Role } = await functionOf(stackName, 'Api');
    const Statement = [{ Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' }];
    await aws('iam put-role-policy', {
      'role-name': Role.split('/').at(-1) ?? '',
      'policy-name': 'Denied',
      'policy-document': JSON.stringify({ Version: '2012-10-17', Statement }),
    });
    const event = {
      rawPath: '/detections',
      rawQueryString: '',
      headers: {},
      isBase64Encoded: false,
      requestContext: { http: { method: 'GET' } },
    };
    const file = `${inject('temporary')}/answer.json`;
    const invoked = await aws<object>(`lambda invoke ${file}`, {
      'function-name': `${FunctionName}:live`,
      payload: JSON.stringify(event),
    });
    expect(invoked).not.toHaveProperty('FunctionError');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ statusCode: 500 });
    expect(await sumOf('AWS/Lambda', 'Errors', named({ FunctionName }))).toBe(0);
  });
});
