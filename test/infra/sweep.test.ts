import { describe, expect, it } from 'vitest';

import { synthesise } from '../support/synthesis.ts';

const template = synthesise(() => ({}));
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

  it('asks after the executions of its own machine alone', () => {
    const text = JSON.stringify(propertiesOf('AWS::IAM::Policy'));
    expect(text).toMatch(
      /:execution:","?\S*"?Fn::GetAtt":\["PollerWorkflowStateMachine\w+","Name"\]\},":\*"/,
    );
  });
});
