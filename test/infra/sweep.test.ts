import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';

import { SweepEnv } from '../../functions/sweep/env.ts';
import { createApp } from '../../infra/create-app.ts';
import { FaceDetectionPollerStack } from '../../infra/stack.ts';
import { variablesOf } from '../support/synthesis.ts';

const app = createApp({ context: { 'aws:cdk:bundling-stacks': [] } });
const template = Template.fromStack(new FaceDetectionPollerStack(app, 'FaceDetectionPoller'));
const idOf = (type: string): string => {
  const [id] = Object.keys(template.findResources(type)).filter((name) => name.startsWith('PollerSweep'));
  return id ?? '';
};
const propertiesOf = (type: string): Record<string, unknown> =>
  template.findResources(type)[idOf(type)]?.['Properties'] as Record<string, unknown>;

describe('the sweep', () => {
  it('runs every minute, and what fails is left to the next one', () => {
    expect(propertiesOf('AWS::Events::Rule')).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [{ Arn: { Ref: idOf('AWS::Lambda::Alias') }, RetryPolicy: { MaximumRetryAttempts: 0 } }],
    });
    expect(propertiesOf('AWS::Lambda::Permission')).toMatchObject({
      Principal: 'events.amazonaws.com',
      FunctionName: { Ref: idOf('AWS::Lambda::Alias') },
    });
  });

  it('gets the whole environment that it parses, and nothing else', () => {
    const { Environment } = propertiesOf('AWS::Lambda::Function') as { Environment: { Variables: object } };
    expect(Object.keys(Environment.Variables).toSorted()).toEqual(variablesOf(SweepEnv));
  });

  it('asks after the executions of its own machine alone', () => {
    const text = JSON.stringify(propertiesOf('AWS::IAM::Policy'));
    expect(text).toMatch(
      /:execution:","?\S*"?Fn::GetAtt":\["PollerWorkflowStateMachine\w+","Name"\]\},":\*"/,
    );
  });
});
