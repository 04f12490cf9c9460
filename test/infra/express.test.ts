import { describe, expect, it } from 'vitest';

import { definitionOf } from '../../infra/definition.ts';
import { allowed, environmentOf, synthesise } from '../support/synthesis.ts';
import { snapshot } from './snapshot.ts';

const template = synthesise(() => ({ workflowType: 'EXPRESS', api: true }));
const machine = (Object.keys(template.findResources('AWS::StepFunctions::StateMachine')) as [string])[0];

describe('the Express state machine', () => {
  it('is Standard with one more state', () => {
    const express = snapshot('EXPRESS');
    const { 'Start next leg': next, ...rest } = express.States;
    expect(definitionOf(template.toJSON())).toEqual(express);
    expect(next).toMatchObject({ Type: 'Task', Resource: 'arn:aws:states:::states:startExecution' });
    const standard = snapshot('STANDARD');
    expect(Object.keys(rest)).toEqual(Object.keys(standard.States));
    expect({ ...rest, 'What next?': standard.States['What next?'] }).toEqual(standard.States);
    expect(express.States['What next?']?.Choices?.slice(0, -1)).toEqual(
      standard.States['What next?']?.Choices,
    );
    expect(express.TimeoutSeconds).toBe(300);
  });

  it('starts the next leg under the name and with the input that the invocation gave, and ends', () => {
    const next = snapshot('EXPRESS').States['Start next leg'];
    expect(next).toMatchObject({
      Parameters: {
        'StateMachineArn.$': '$$.StateMachine.Id',
        'Name.$': '$.continuation.name',
        'Input.$': '$.continuation.input',
      },
      End: true,
    });
    expect(next?.Catch).toBeUndefined();
  });

  it('logs what fails, without execution data', () => {
    expect(template.findResources('AWS::StepFunctions::StateMachine')).toMatchObject({
      [machine]: {
        Properties: {
          StateMachineType: 'EXPRESS',
          LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
        },
      },
    });
  });

  it('may start itself; nobody is allowed what cannot be done', () => {
    expect(allowed(template, 'PollerWorkflow', 'states')).toEqual([
      { Action: 'states:StartExecution', Effect: 'Allow', Resource: { Ref: machine } },
    ]);
    for (const part of ['PollerSweep', 'PollerApi']) {
      expect(allowed(template, part, 'states').map(({ Action }) => Action)).toEqual([
        'states:StartExecution',
      ]);
    }
  });

  it('is told to whoever starts or ends its executions', () => {
    expect(environmentOf(template)['WORKFLOW_TYPE']).toBe('EXPRESS');
    const told = Object.values(template.findResources('AWS::Lambda::Function'))
      .map((resource) => resource as { Properties: { Environment: { Variables: Record<string, unknown> } } })
      .map(({ Properties }) => Properties.Environment.Variables)
      .filter((variables) => 'STATE_MACHINE_ARN' in variables)
      .map((variables) => variables['WORKFLOW_TYPE']);
    expect(told).toEqual(['EXPRESS', 'EXPRESS', 'EXPRESS']);
  });
});
