/** Functions and alarms of a synthesised stack, as Lambda and CloudWatch would read them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { inject } from 'vitest';

import { tableName } from '../../local/table.ts';

interface Resource {
  Type: string;
  Properties: {
    Code?: { S3Key: string };
    Environment?: { Variables: Record<string, unknown> };
    MemorySize?: number;
    Timeout?: number;
    Namespace?: string;
    MetricName?: string;
    Dimensions?: { Name: string; Value: unknown }[];
  };
}

export interface DeployedFunction {
  folder: string;
  environment: Record<string, string>;
  memoryMb: number;
}

/** In the place of what only a deployment knows. */
const given: Record<string, string> = {
  TABLE_NAME: tableName,
  EVENT_BUS_NAME: 'the-bus',
  API_KEY_SECRET_ARN: 'the-secret',
  WEBHOOK_SECRET_ARN: 'the-webhook-secret',
  API_TOKEN_SECRET_ARN: 'the-token-secret',
  STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:poller',
  SUBMIT_FUNCTION_ARN: 'arn:aws:lambda:us-east-1:123456789012:function:submit:live',
};

function resourcesIn(folder: string): [string, Resource][] {
  const file = path.join(folder, 'FaceDetectionPoller.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Record<string, Resource> };
  return Object.entries(template.Resources);
}

/** By the beginning of its logical id. */
export function deployedFunction(id: string, stack = inject('secretStack')): DeployedFunction {
  const found = resourcesIn(stack).find(
    ([name, { Type }]) => Type === 'AWS::Lambda::Function' && name.startsWith(id),
  );
  if (found === undefined) throw new Error(`there is no function ${id}`);
  const [, { Properties }] = found;
  const variables = Object.entries(Properties.Environment?.Variables ?? {});
  const environment = Object.fromEntries(
    variables.map(([name, value]) => {
      const text = typeof value === 'string' ? value : given[name];
      if (text === undefined) throw new Error(`${id}: ${name} is known to a deployment alone`);
      return [name, text];
    }),
  );
  return {
    folder: path.join(stack, `asset.${path.parse(Properties.Code?.S3Key ?? '').name}`),
    environment,
    memoryMb: Properties.MemorySize ?? 128,
  };
}

/** What the alarms on the functions' own metrics watch: a metric and the exact set of its dimensions. */
export const watchedMetrics = (): { alarm: string; metric: string; dimensions: Record<string, string> }[] =>
  resourcesIn(inject('secretStack')).flatMap(([alarm, { Type, Properties }]) => {
    const { Namespace, MetricName = '', Dimensions = [] } = Properties;
    if (Type !== 'AWS::CloudWatch::Alarm' || Namespace !== 'FaceDetectionPoller') return [];
    const dimensions = Dimensions.map(({ Name, Value }) => [
      Name,
      typeof Value === 'string' ? Value : tableName,
    ]);
    return [
      { alarm, metric: MetricName, dimensions: Object.fromEntries(dimensions) as Record<string, string> },
    ];
  });
