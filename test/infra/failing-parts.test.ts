import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { describe, expect, it } from 'vitest';

import { detectionError } from '../../functions/detection/error-codes.ts';
import { invalidEnvironment } from '../../functions/environment.ts';
import { snapshot } from './snapshot.ts';

const execution = { Id: 'arn:aws:states:us-east-1:123456789012:execution:poller:1-task', Name: '1-task' };
const enteredTime = '2026-11-22T12:00:00.000Z';
const lost = detectionError('EXECUTION_LOST');
const task = { detect_task_id: 'task' };

type Part = (parameters: unknown) => unknown;

/** Fails as Lambda and DynamoDB do: by a name. */
const failing =
  (name: string): Part =>
  () => {
    throw Object.assign(new Error('it broke'), { name });
  };

/** Runs the committed definition with these parts, skipping all waits: how it ended, and what its parts were given. */
async function run(input: unknown, parts: { poll: Part; record?: Part }) {
  const calls = { poll: [] as unknown[], record: [] as unknown[] };
  const machine = new StateMachine(snapshot() as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  });
  const { result } = machine.run(input as never, {
    overrides: {
      taskResourceLocalHandlers: {
        Poll: (parameters) => {
          calls.poll.push(parameters);
          return parts.poll(parameters) as never;
        },
        'Record abandonment': (parameters) => {
          calls.record.push(parameters);
          return (parts.record?.(parameters) ?? {}) as never;
        },
      },
      waitTimeOverrides: { Wait: 0 },
      retryIntervalOverrides: { Poll: 0, 'Record abandonment': 0 },
    },
    context: { Execution: execution, State: { EnteredTime: enteredTime } },
  });
  const ending = await result.then(
    (output) => ({ output }),
    ({ cause }: { cause: Error }) => ({ error: cause.name, cause: cause.message }),
  );
  return { ending, calls };
}

const executionLost = { error: lost.code, cause: lost.message };

describe('a workflow whose parts work', () => {
  it('hands each invocation the state and its own name, and waits until the invocation settles', async () => {
    const carried = { v: 2, next: 'wait', ...task, wait_seconds: 3 };
    const output = { ...task, status: 'succeeded', detect_id: 'd', face_count: 0 };
    const answers = [carried, { v: 2, next: 'settled', ...task, output }];

    const { ending, calls } = await run(task, { poll: () => answers.shift() });

    expect(ending).toEqual({ output });
    const names = {
      execution_name: execution.Name,
      execution_arn: execution.Id,
      entered_at: enteredTime,
    };
    expect(calls.poll).toEqual([
      { state: task, ...names },
      { state: carried, ...names },
    ]);
    expect(calls.record).toEqual([]);
  });

  it('fails with the code of an abandonment', async () => {
    const error = { code: 'UNAUTHORIZED', message: 'The provider refused the API key.' };
    const { ending, calls } = await run(task, { poll: () => ({ v: 2, next: 'abandoned', ...task, error }) });
    expect(ending).toEqual({ error: error.code, cause: error.message });
    expect(calls.record).toEqual([]);
  });

  it('fails with InvalidInput and our sentence when the input is refused', async () => {
    const error = { code: 'InvalidInput', message: 'detect_task_id: is required' };
    const { ending } = await run({}, { poll: () => ({ v: 2, next: 'rejected-input', error }) });
    expect(ending).toEqual({ error: 'InvalidInput', cause: error.message });
  });
});

describe('a workflow whose polling fails', () => {
  it('records the abandonment on condition that the record is open and its own', async () => {
    const { ending, calls } = await run(task, { poll: failing('Error') });

    expect(ending).toEqual(executionLost);
    expect(calls.record).toEqual([
      {
        TableName: 'face-detections',
        Key: { detect_task_id: { S: 'task' } },
        UpdateExpression:
          'SET #status = :abandoned, status_shard = :status_shard, #error = :error, updated_at = :now, final_at = :now, due_at = :now',
        ConditionExpression:
          'attribute_exists(detect_task_id) AND execution_name = :me AND execution_arn = :execution AND #status IN (:starting, :processing)',
        ExpressionAttributeNames: { '#status': 'status', '#error': 'error' },
        ExpressionAttributeValues: {
          ':starting': { S: 'starting' },
          ':processing': { S: 'processing' },
          ':abandoned': { S: 'abandoned' },
          ':status_shard': { S: 'abandoned#0' },
          ':error': {
            M: { code: { S: lost.code }, message: { S: lost.message }, retryable: { BOOL: true } },
          },
          ':me': { S: execution.Name },
          ':execution': { S: execution.Id },
          ':now': { S: enteredTime },
        },
      },
    ]);
  });

  it.each([
    ['Error', 4],
    ['ThrottlingException', 4],
    ['Sandbox.Timedout', 3],
    ['Runtime.ExitError', 3],
    ['States.Timeout', 3],
    ['Lambda.ServiceException', 9],
    ['Lambda.TooManyRequestsException', 1_441],
    [invalidEnvironment, 1],
  ])('gives up on %s after attempt %i', async (name, attempts) => {
    const { ending, calls } = await run(task, { poll: failing(name) });
    expect(ending).toEqual(executionLost);
    expect(calls.poll).toHaveLength(attempts);
  });

  it('goes on where a retry helps', async () => {
    const output = { ...task, status: 'failed' };
    const answers: Part[] = [failing('Error'), () => ({ v: 2, next: 'settled', ...task, output })];
    const { ending, calls } = await run(task, { poll: (parameters) => answers.shift()?.(parameters) });
    expect(ending).toEqual({ output });
    expect(calls.record).toEqual([]);
  });

  it('records under the task it carries when a later invocation fails', async () => {
    const carried = { v: 2, next: 'wait', ...task, wait_seconds: 0 };
    const answers: Part[] = [() => carried];
    const { ending, calls } = await run(task, {
      poll: (parameters) => (answers.shift() ?? failing('Error'))(parameters),
    });
    expect(ending).toEqual(executionLost);
    expect(calls.record).toEqual([expect.objectContaining({ Key: { detect_task_id: { S: 'task' } } })]);
  });

  it.each([
    ['an unknown next', { v: 2, next: 'later', ...task }],
    ['no next', { v: 2, ...task }],
    ['a next of another type', { v: 2, next: 1, ...task }],
  ])('takes an answer with %s for a failure', async (_what, answer) => {
    const { ending, calls } = await run(task, { poll: () => answer });
    expect(ending).toEqual(executionLost);
    expect(calls.record).toHaveLength(1);
  });

  it.each([
    ['DynamoDB.ConditionalCheckFailedException', 1],
    ['DynamoDB.ProvisionedThroughputExceededException', 7],
    ['States.Timeout', 7],
  ])('ends the same when recording fails with %s, at attempt %i', async (name, attempts) => {
    const { ending, calls } = await run(task, { poll: failing('Error'), record: failing(name) });
    expect(ending).toEqual(executionLost);
    expect(calls.record).toHaveLength(attempts);
  });

  // With a broken Poll nobody checks the input. At AWS a path that leads nowhere then ends the execution with
  // States.Runtime, which no Catch catches: it fails as it must, and there is no record that would stay open.
  it.each([
    ['an array', ['task']],
    ['a string', 'task'],
    ['an empty object', {}],
    ['an object whose id is null', { detect_task_id: null }],
  ])('names no task in what it records when its input is %s', async (_what, input) => {
    const { ending, calls } = await run(input, { poll: failing('Error') });
    expect(ending).toHaveProperty('error');
    expect(JSON.stringify(calls.record)).not.toContain('"S":"task"');
  });
});
