import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { stepFunctions } from '../../../functions/control/step-functions.ts';
import { taskId } from '../../support/records.ts';

const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:face-detection-poller';
const executionArn = 'arn:aws:states:us-east-1:123456789012:execution:face-detection-poller:1-task';
const sfn = mockClient(SFNClient);
afterAll(() => sfn.restore());
beforeEach(() => sfn.reset());
const workflow = stepFunctions({
  client: new SFNClient({ region: 'local' }),
  stateMachineArn,
  type: 'STANDARD',
});
const exists = new ExecutionAlreadyExists({ message: 'Execution Already Exists', $metadata: {} });
const described = { executionArn, stateMachineArn, startDate: new Date(0) };

describe('the deployed workflow', () => {
  it('knows the ARN of an execution before it runs', () => {
    expect(workflow.executionArn('1-task')).toBe(executionArn);
  });

  it('starts an execution under its name with the id alone, so that a repeated start finds it', async () => {
    sfn.on(StartExecutionCommand).resolves({ executionArn, startDate: new Date(0) });
    expect(await workflow.start('1-task', taskId('task'))).toBe('running');
    expect(sfn.commandCalls(StartExecutionCommand).map((call) => call.args[0].input)).toEqual([
      { stateMachineArn, name: '1-task', input: '{"detect_task_id":"task"}' },
    ]);
    expect(sfn.commandCalls(DescribeExecutionCommand)).toEqual([]);
  });

  it.each([
    ['running', 'RUNNING'],
    ['closed', 'SUCCEEDED'],
    ['closed', 'FAILED'],
    ['closed', 'TIMED_OUT'],
    ['closed', 'ABORTED'],
  ] as const)('returns %s where the name belongs to an execution that is %s', async (state, status) => {
    sfn.on(StartExecutionCommand).rejects(exists);
    sfn.on(DescribeExecutionCommand, { executionArn }).resolves({ ...described, status });
    expect(await workflow.start('1-task', taskId('task'))).toBe(state);
  });

  it('throws any other error of a start', async () => {
    sfn.on(StartExecutionCommand).rejects(new Error('no such state machine'));
    await expect(workflow.start('1-task', taskId('task'))).rejects.toThrow('no such state machine');
    sfn.on(StartExecutionCommand).rejects(exists);
    sfn.on(DescribeExecutionCommand).rejects(new Error('throttled'));
    await expect(workflow.start('1-task', taskId('task'))).rejects.toThrow('throttled');
  });

  it('stops an execution with the code of its record', async () => {
    sfn.on(StopExecutionCommand).resolves({ stopDate: new Date(0) });
    await workflow.stop(executionArn);
    expect(sfn.commandCalls(StopExecutionCommand, { executionArn, error: 'CANCELLED' })).toHaveLength(1);
  });

  it('stops nothing if the execution does not exist, and throws any other error', async () => {
    sfn
      .on(StopExecutionCommand)
      .rejectsOnce(new ExecutionDoesNotExist({ message: 'Execution Does Not Exist', $metadata: {} }))
      .rejects(new Error('throttled'));
    await expect(workflow.stop(executionArn)).resolves.toBeUndefined();
    await expect(workflow.stop(executionArn)).rejects.toThrow('throttled');
  });

  it.each([
    ['running', 'RUNNING'],
    ['running', 'PENDING_REDRIVE'],
    ['aborted', 'ABORTED'],
    ['ended', 'FAILED'],
    ['ended', 'TIMED_OUT'],
    ['ended', 'SUCCEEDED'],
  ] as const)('reports %s for the status %s', async (status, theirs) => {
    sfn.on(DescribeExecutionCommand, { executionArn }).resolves({ ...described, status: theirs });
    expect(await workflow.status(executionArn)).toBe(status);
  });

  it.each([
    executionArn.replace('face-detection-poller', 'the-one-before'),
    executionArn.replace(':execution:', ':express:').concat(':0123:4567'),
    'bound-by-a-program',
  ])('asks nothing about an execution of another state machine: %s', async (arn) => {
    sfn.onAnyCommand().rejects(new Error('AccessDeniedException'));
    expect(await workflow.status(arn)).toBe('unknown');
    await workflow.stop(arn);
    expect(sfn.calls()).toEqual([]);
  });

  it('reports an execution that does not exist as unknown, and throws any other error', async () => {
    sfn
      .on(DescribeExecutionCommand)
      .rejectsOnce(new ExecutionDoesNotExist({ message: 'Execution Does Not Exist', $metadata: {} }))
      .rejects(new Error('throttled'));
    expect(await workflow.status(executionArn)).toBe('unknown');
    await expect(workflow.status(executionArn)).rejects.toThrow('throttled');
  });
});

describe('the deployed workflow of Express', () => {
  const express = stepFunctions({
    client: new SFNClient({ region: 'local' }),
    stateMachineArn,
    type: 'EXPRESS',
  });

  it('knows the ARN of an execution up to its name', () => {
    expect(express.executionArn('1-task')).toBe(
      'arn:aws:states:us-east-1:123456789012:express:face-detection-poller:1-task',
    );
  });

  it('starts another execution with each call', async () => {
    sfn.on(StartExecutionCommand).resolves({ executionArn, startDate: new Date(0) });
    expect(await express.start('1-task', taskId('task'))).toBe('running');
    expect(await express.start('1-task', taskId('task'))).toBe('running');
    expect(sfn.commandCalls(StartExecutionCommand).map((call) => call.args[0].input)).toEqual([
      { stateMachineArn, name: '1-task', input: '{"detect_task_id":"task"}' },
      { stateMachineArn, name: '1-task', input: '{"detect_task_id":"task"}' },
    ]);
  });

  it('neither stops nor describes executions: Express can do neither', async () => {
    await express.stop('arn');
    expect(await express.status('arn')).toBe('unknown');
    expect(sfn.calls()).toEqual([]);
  });
});
