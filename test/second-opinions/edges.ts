/**
 * Where interpreters of workflows differ: what a definition leads to at its edges, by AWS's documentation, and which
 * interpreter has it otherwise. Each is run in all of them; a difference that is gone is noticed.
 */
import type { Edge, Reply } from './edge.ts';

const id = { detect_task_id: 'edge' };
const fails = (name: string): Reply => ({ fails: name });
const gives = (answer: unknown): Reply => ({ gives: answer });
const settled = gives({ ...id, next: 'settled', output: { done: true } });
const waits = (wait_seconds: unknown) => gives({ ...id, next: 'wait', wait_seconds });
const times = (count: number, reply: Reply): Reply[] => Array<Reply>(count).fill(reply);

/** An answer of so many bytes as JSON. */
function sized(bytes: number, next: 'settled' | 'wait'): Reply {
  const answer = { ...id, next, wait_seconds: 0, output: {}, filler: '' };
  return gives({ ...answer, filler: 'x'.repeat(bytes - JSON.stringify(answer).length) });
}
const limit = 262_144;

const lostAfter = (invocations: number, writes = 1) =>
  `FAILED EXECUTION_LOST, invoked ${invocations}, written ${writes}`;
const runtimeAfter = (invocations: number) => `FAILED States.Runtime, invoked ${invocations}, written 0`;
const doneAfter = (invocations: number) => `SUCCEEDED, invoked ${invocations}, written 0`;

/** moto's interpreter is LocalStack's. */
const alike = (instead: string) => ({ localstack: instead, moto: instead });
/** A missing path is an error that Retry and Catch see. */
const caught = alike(lostAfter(1, 0));
/** A missing path is nothing. */
const passedOver = { ...caught, ministack: lostAfter(1) };
/** Names are not looked at. */
const anyName = (instead: string) => ({
  ...alike(instead),
  ministack: instead,
  'aws-local-stepfunctions': instead,
});

/**
 * Each error of an invocation, and at which attempt its retrier gives up. A throttled one is retried 1,440 times, too
 * often for a server: the unit tests of the workflow count those.
 */
export const retriers: readonly [error: string, attempts: number][] = [
  ['InvalidEnvironmentError', 1],
  ['Lambda.ClientExecutionTimeoutException', 9],
  ['Lambda.ServiceException', 9],
  ['Lambda.AWSLambdaException', 9],
  ['Lambda.SdkClientException', 9],
  ['Sandbox.Timedout', 3],
  ['Lambda.Unknown', 3],
  ['Runtime.ExitError', 3],
  ['States.Timeout', 3],
  ['Error', 4],
  ['ThrottlingException', 4],
];

export const edges: readonly Edge[] = [
  ...retriers.map(([error, attempts]): Edge => ({
    name: `${error} at every invocation`,
    invocations: [fails(error)],
    aws: lostAfter(attempts),
    docs: 'errors',
  })),
  {
    name: 'thirty throttles, and every other retrier up to its last attempt',
    type: 'STANDARD',
    invocations: [
      ...times(30, fails('Lambda.TooManyRequestsException')),
      ...times(8, fails('Lambda.ServiceException')),
      ...times(2, fails('Sandbox.Timedout')),
      ...times(3, fails('Error')),
      settled,
    ],
    aws: doneAfter(44),
    docs: 'errors',
  },
  {
    name: 'two errors of one retrier, which counts them together',
    invocations: [
      ...times(5, fails('Lambda.ServiceException')),
      ...times(4, fails('Lambda.SdkClientException')),
      settled,
    ],
    aws: lostAfter(9),
    docs: 'errors',
  },
  {
    name: 'a record that another execution has decided',
    invocations: [fails('InvalidEnvironmentError')],
    writes: [fails('ConditionalCheckFailedException')],
    aws: lostAfter(1),
    docs: 'errors',
  },
  {
    name: 'a table that throttles every write',
    invocations: [fails('InvalidEnvironmentError')],
    writes: [fails('ProvisionedThroughputExceededException')],
    aws: lostAfter(1, 7),
    docs: 'errors',
  },
  {
    name: 'a table that throttles one write',
    invocations: [fails('InvalidEnvironmentError')],
    writes: [fails('ThrottlingException'), gives({})],
    aws: lostAfter(1, 2),
    docs: 'errors',
  },
  {
    name: 'an answer that says nothing of what is next',
    invocations: [gives(id)],
    aws: lostAfter(1),
    docs: 'choice',
  },
  {
    name: 'an answer with an unknown next',
    invocations: [gives({ ...id, next: 'dance' })],
    aws: lostAfter(1),
    docs: 'choice',
  },
  {
    name: 'an answer whose next is a number',
    invocations: [gives({ ...id, next: 1 })],
    aws: lostAfter(1),
    docs: 'choice',
  },
  {
    name: 'an answer without the task, for Parameters to take it from',
    invocations: [gives({ next: 'dance' })],
    aws: runtimeAfter(1),
    docs: 'errors',
    differs: passedOver,
  },
  {
    name: 'null for an answer',
    invocations: [gives(null)],
    aws: runtimeAfter(1),
    docs: 'errors',
    differs: passedOver,
  },
  {
    name: 'a text for an answer',
    invocations: [gives('settled')],
    aws: runtimeAfter(1),
    docs: 'errors',
    differs: passedOver,
  },
  {
    name: 'a list for an answer',
    invocations: [gives([id])],
    aws: runtimeAfter(1),
    docs: 'errors',
    differs: passedOver,
  },
  { name: 'a wait of 0 s', invocations: [waits(0), settled], aws: doneAfter(2), docs: 'wait' },
  {
    name: 'a wait of 100,000,000 s',
    invocations: [waits(100_000_000), settled],
    aws: runtimeAfter(1),
    docs: 'wait',
    differs: {
      ...alike(doneAfter(2)),
      ministack: doneAfter(2),
      'aws-local-stepfunctions': 'TIMED_OUT ExecutionTimeoutError, invoked 1, written 0',
    },
  },
  {
    name: 'a wait of -1 s',
    invocations: [waits(-1), settled],
    aws: runtimeAfter(1),
    docs: 'wait',
    differs: { ministack: doneAfter(2) },
  },
  {
    name: 'a wait of 1.5 s',
    invocations: [waits(1.5), settled],
    aws: runtimeAfter(1),
    docs: 'wait',
    differs: { ministack: doneAfter(2) },
  },
  {
    name: 'a wait of "2" s',
    invocations: [waits('2'), settled],
    aws: runtimeAfter(1),
    docs: 'wait',
    differs: { ministack: doneAfter(2) },
  },
  {
    name: 'a wait without seconds',
    invocations: [gives({ ...id, next: 'wait' }), settled],
    aws: runtimeAfter(1),
    docs: 'errors',
    differs: { ministack: doneAfter(2) },
  },
  {
    name: 'a result without its output',
    invocations: [gives({ ...id, next: 'settled' })],
    aws: runtimeAfter(1),
    docs: 'errors',
    differs: { ministack: doneAfter(1) },
  },
  {
    name: 'an abandonment without an error',
    invocations: [gives({ ...id, next: 'abandoned' })],
    aws: runtimeAfter(1),
    docs: 'fail',
  },
  {
    name: 'an abandonment whose code is a number',
    invocations: [gives({ ...id, next: 'abandoned', error: { code: 7, message: 'seven' } })],
    aws: runtimeAfter(1),
    docs: 'fail',
  },
  {
    name: 'an answer of 256 KiB',
    invocations: [sized(limit, 'settled')],
    aws: doneAfter(1),
    docs: 'quotas',
    differs: alike(lostAfter(1)),
  },
  {
    name: 'an answer of 256 KiB and a byte',
    invocations: [sized(limit + 1, 'settled')],
    aws: 'FAILED States.DataLimitExceeded, invoked 1, written 0',
    docs: 'quotas',
    differs: { ...alike(lostAfter(1)), ministack: doneAfter(1), 'aws-local-stepfunctions': doneAfter(1) },
  },
  {
    name: 'a state of 256 KiB, too large with what Parameters put around it',
    invocations: [sized(limit, 'wait'), settled],
    aws: 'FAILED States.DataLimitExceeded, invoked 1, written 0',
    docs: 'errors',
    differs: { ...alike(lostAfter(1)), ministack: doneAfter(2), 'aws-local-stepfunctions': doneAfter(2) },
  },
  {
    name: 'a name of 80 characters',
    executionName: 'n'.repeat(80),
    invocations: [settled],
    aws: doneAfter(1),
    docs: 'start',
  },
  {
    name: 'a name of 81 characters',
    executionName: 'n'.repeat(81),
    invocations: [settled],
    aws: 'InvalidName, invoked 0, written 0',
    docs: 'start',
    differs: anyName(doneAfter(1)),
  },
  {
    name: 'a name with a colon',
    executionName: '1:edge',
    invocations: [settled],
    aws: 'InvalidName, invoked 0, written 0',
    docs: 'start',
    differs: anyName(doneAfter(1)),
  },
  {
    name: 'a continuation under a name of 80 characters',
    type: 'EXPRESS',
    invocations: [
      gives({ ...id, next: 'continue', continuation: { name: 'c'.repeat(80), input: id } }),
      settled,
    ],
    aws: doneAfter(2),
    docs: 'start',
  },
  {
    name: 'a continuation without a name',
    type: 'EXPRESS',
    invocations: [gives({ ...id, next: 'continue', continuation: { input: id } }), settled],
    aws: runtimeAfter(1),
    docs: 'errors',
    differs: { ministack: doneAfter(1) },
  },
  {
    name: 'a continuation under a name of 81 characters',
    type: 'EXPRESS',
    invocations: [
      gives({ ...id, next: 'continue', continuation: { name: 'c'.repeat(81), input: id } }),
      settled,
    ],
    aws: 'FAILED StepFunctions.InvalidNameException, invoked 1, written 0',
    docs: 'start',
    differs: anyName(doneAfter(2)),
  },
];
