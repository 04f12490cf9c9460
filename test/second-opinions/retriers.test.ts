/**
 * How long each retrier waits, and when it gives up: by the TestState of LocalStack, given an error and how often it was
 * retried before.
 */
import { TestStateCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';

import { workflowTypes } from '../../functions/detection/types.ts';
import { committedDefinition } from '../../local/definition.ts';
import { retriers } from './edges.ts';
import { stepFunctions } from './step-functions.ts';

const sfn = stepFunctions();

/** Of every retrier: 1 s, then twice as long each time; this TestState knows no longest wait, which is a minute. */
const waitsBefore = (retried: number) => (retried < 6 ? { waits: 2 ** retried } : {});
/** The first retries, a later one, and the last one. */
const tried = (attempts: number): Set<number> =>
  new Set([0, 1, 5, attempts - 2].filter((retried) => retried >= 0 && retried <= attempts - 2));

const next = 'Record abandonment';
const ofPoll = retriers.map(
  ([error, attempts]) => ['Poll', error, attempts, { status: 'CAUGHT_ERROR', nextState: next }] as const,
);
const ofRecord = (
  [
    ['States.Timeout', 7],
    ['DynamoDB.ThrottlingException', 7],
  ] as const
).map(
  ([error, attempts]) =>
    [next, error, attempts, { status: 'CAUGHT_ERROR', nextState: 'Execution lost' }] as const,
);
const ofStart = [
  'Start next leg',
  'StepFunctions.ExecutionLimitExceededException',
  5,
  { status: 'FAILED' },
] as const;

describe.each(workflowTypes)('a retrier of the %s definition', (type) => {
  const { States } = committedDefinition(type) as { States: Record<string, object> };

  async function tested(name: string, error: string, retrierRetryCount: number) {
    // An invocation by a function's own ARN cannot be mocked there; retriers and catchers stay as they are.
    const invocation = {
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: 'poll', 'Payload.$': '$' },
    };
    const { status, nextState, inspectionData } = await sfn.send(
      new TestStateCommand({
        definition: JSON.stringify({ ...States[name], ...(name === 'Poll' && invocation) }),
        input: JSON.stringify({ detect_task_id: 'a', continuation: { name: 'b', input: {} } }),
        inspectionLevel: 'DEBUG',
        mock: { errorOutput: { error, cause: 'it broke' } },
        stateConfiguration: { retrierRetryCount },
      }),
    );
    return { status, nextState, waits: inspectionData?.errorDetails?.retryBackoffIntervalSeconds };
  }

  const all = [...ofPoll, ...ofRecord, ...(type === 'EXPRESS' ? [ofStart] : [])];
  it.for(all)('of %s waits as documented after %s, and gives up at attempt %i', async (one, { task }) => {
    task.meta.judged = `${type} retriers`;
    const [name, error, attempts, ends] = one;
    for (const retried of tried(attempts))
      expect(await tested(name, error, retried)).toMatchObject({
        status: 'RETRIABLE',
        ...waitsBefore(retried),
      });
    expect(await tested(name, error, attempts - 1)).toMatchObject(ends);
  });
});
