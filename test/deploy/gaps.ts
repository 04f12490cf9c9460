/**
 * Where the emulator falls short of AWS. What AWS does is by its documentation; that the emulator does otherwise is
 * shown by `gaps.test.ts`, so that a gap that closes is noticed. Each is bridged in the harness, or what it hides is
 * tested elsewhere.
 */
export interface Gap {
  /** What AWS does. */
  aws: string;
  /** What the emulator does instead. */
  emulator: string;
  /** How the harness bridges it. */
  bridge?: string;
  /** Where the behaviour is tested instead: a file, and the name of a test or of a group in it. */
  covered?: readonly [file: string, test: string];
}

export const gaps = {
  'same-name': {
    aws: 'A second start with the name and input of an open execution answers with that execution.',
    emulator: 'It is refused with ExecutionAlreadyExists.',
    covered: [
      'test/unit/control/step-functions.test.ts',
      'starts an execution under its name with the id alone',
    ],
  },
  'error-names': {
    aws: 'The name of an error that a function throws is what Retry and Catch see.',
    emulator: 'They see Runtime.HandlerError, whatever was thrown.',
    covered: ['test/infra/failing-parts.test.ts', 'a workflow whose polling fails'],
  },
  'retry-delays': {
    aws: 'MaxDelaySeconds caps the waits of a retrier, and JitterStrategy spreads them.',
    emulator: 'Neither has an effect.',
    covered: ['test/infra/definition.test.ts', 'spreads every retry with full jitter'],
  },
  'machine-timeout': {
    aws: 'An execution that outlives the TimeoutSeconds of its machine ends as TIMED_OUT.',
    emulator: 'It runs on.',
    covered: [
      'test/infra/definition.test.ts',
      'times out only behind the longest deadline and everything that may be retried at it',
    ],
  },
  'whole-seconds': {
    aws: 'A wait of a fraction of a second is refused when its state is entered.',
    emulator: 'It is waited.',
    covered: ['test/unit/poll/decide.test.ts', 'is in whole seconds where the workflow waits'],
  },
  'machine-roles': {
    aws: 'A state machine is held to the policies of its role.',
    emulator: 'It may do everything. Functions and callers from outside are held to theirs.',
    covered: ['test/infra/stack.test.ts', 'the permissions'],
  },
  'secret-ref': {
    aws: 'Ref of a secret is its ARN, and a secret without a value gets a generated one.',
    emulator: 'Ref is its name, and its value is empty.',
    bridge: 'test/support/emulator.py: secrets_as_at_aws',
  },
  'secret-letters': {
    aws: 'A generated secret has no punctuation where that is excluded.',
    emulator: 'It has.',
    bridge: 'test/support/emulator.py: secrets_as_at_aws',
  },
  'express-arns': {
    aws: 'The ARN of an Express execution says `express`, and ends in what tells executions of one name apart.',
    emulator: 'It is that of a Standard execution, and a name can be used once.',
    bridge: 'test/support/emulator.py: express_executions_as_at_aws',
  },
  'nested-failure': {
    aws: 'A failed execution that was started with .sync:2 fails its task with States.TaskFailed; the cause describes it.',
    emulator: 'The task fails with the error and the cause of the nested execution.',
    bridge: 'test/support/emulator.py: nested_failures_as_at_aws',
  },
  'https-only-bucket': {
    aws: 'Is spoken to over https, as the bucket for assets demands by its policy.',
    emulator: 'Is spoken to over http, and holds the caller to that policy.',
    bridge: 'test/deploy/setup.ts: admitPlainHttp',
  },
  'queue-pipes': {
    aws: 'A pipe takes messages from a queue and starts an execution with each.',
    emulator: 'The pipe is created and moves nothing.',
    covered: ['test/deploy/recipes.test.ts', 'starts an execution with what the pipe makes of a message'],
  },
} as const satisfies Record<string, Gap>;
