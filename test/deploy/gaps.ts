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
    covered: ['test/deploy/services.test.ts', 'let the workflow do what its states call'],
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
  'table-updates': {
    aws: 'A global table is changed in place, with point-in-time recovery for example.',
    emulator: 'It is replaced by an empty one.',
    bridge: 'test/support/emulator.py: table_updates_as_at_aws',
  },
  'express-arns': {
    aws: 'The ARN of an Express execution says `express`, and ends in what tells executions of one name apart.',
    emulator: 'It is that of a Standard execution, and a name can be used once.',
    bridge: 'test/support/emulator.py: express_executions_as_at_aws',
  },
  'alias-retries': {
    aws: 'An asynchronous invocation that fails is repeated as often as is set for its alias, also that of a rule.',
    emulator: 'It is repeated as is set for the function, and that of a rule is not repeated.',
    bridge: 'test/support/emulator.py: asynchronous_retries_as_at_aws',
  },
  'nested-failure': {
    aws: 'A failed execution that was started with .sync:2 fails its task with States.TaskFailed; the cause describes it.',
    emulator: 'The task fails with the error and the cause of the nested execution.',
    bridge: 'test/support/emulator.py: nested_failures_as_at_aws',
  },
  'https-only-bucket': {
    aws: 'Is spoken to over https, as the buckets for assets and for pictures demand by their policies.',
    emulator: 'Is spoken to over http, and holds the caller to that policy.',
    bridge: 'test/deploy/account.ts: admitPlainHttp',
  },
  'bucket-settings': {
    aws: 'A bucket has the lifecycle of its template.',
    emulator: 'It has none.',
    covered: [
      'test/infra/archive.test.ts',
      'lets pictures expire a day behind records that are kept %i days',
    ],
  },
  'queue-pipes': {
    aws: 'A pipe takes messages from a queue and starts an execution with each.',
    emulator: 'The pipe is created and moves nothing.',
    covered: ['test/deploy/recipes.test.ts', 'starts an execution with what the pipe makes of a message'],
  },
} as const satisfies Record<string, Gap>;

/** Who saw a promise hold, none of whom was written here: what runs the tests that are named. */
type Judge =
  /** MiniStack: the stack deployed, executed, updated and destroyed. */
  | 'emulator'
  /** LocalStack, moto, MiniStack and aws-local-stepfunctions, on the committed definitions. */
  | 'interpreters'
  /** Amazon's DynamoDB Local, MiniStack and dynalite. */
  | 'databases'
  /** Lambda's own runtime client, on the bundles. */
  | 'runtime client'
  /** botocore's models, on every call of AWS. */
  | 'service models'
  /** cdk-nag, cfn-lint, cfn-lint-serverless, checkov, asl-validator, AWS's language service and Control Tower's rules. */
  | 'template judges'
  /** The library of Standard Webhooks. */
  | 'webhook library';

interface Evidence {
  seenBy: Readonly<Partial<Record<Judge, string>>>;
  /** What remains until the stack has run in an account; a step of the smoke test by its name, or a sentence. */
  unproven: readonly string[];
}

/** The README's promises. */
export const evidence: Readonly<Record<string, Evidence>> = {
  'One answer': {
    seenBy: {
      databases: 'test/unit/records/lost-acknowledgement.test.ts',
      emulator: 'test/deploy/executions.test.ts',
      interpreters: 'test/second-opinions/scenarios.test.ts',
      'service models': 'test/contracts/contracts.test.ts',
    },
    unproven: ['That DynamoDB itself judges conditions under concurrent writes as its Local does.'],
  },
  "The provider's answer, complete": {
    seenBy: {
      databases: 'test/unit/records/faces.test.ts',
      'runtime client': 'test/runtime/functions.test.ts',
    },
    unproven: ['That the provider answers as its documentation says.'],
  },
  'A deadline': {
    seenBy: {
      interpreters: 'test/second-opinions/scenarios.test.ts',
      emulator: 'test/deploy/executions.test.ts',
    },
    unproven: ['record-abandonment', 'continuation'],
  },
  'Bounded calls': {
    seenBy: { databases: 'test/unit/rate-limit/limiter.test.ts' },
    unproven: ['That sandboxes keep the connections of an earlier invocation as they do here.'],
  },
  Notification: {
    seenBy: {
      'webhook library': 'test/unit/notify/webhook/sign.test.ts',
      emulator: 'test/deploy/webhooks.test.ts',
      'service models': 'test/contracts/contracts.test.ts',
    },
    unproven: ['How late EventBridge invokes the rules, and how often twice.'],
  },
  Recovery: {
    seenBy: {
      emulator: 'test/deploy/switch.test.ts',
      interpreters: 'test/second-opinions/retriers.test.ts',
      'runtime client': 'test/runtime/metrics.test.ts',
      'template judges': 'test/tools/audit/planted-faults.test.ts',
    },
    unproven: ['open-task', 'switch', 'drain', 'api-without-permission', 'api-metric'],
  },
  Confidentiality: {
    seenBy: {
      emulator: 'test/deploy/services.test.ts',
      'runtime client': 'test/runtime/functions.test.ts',
      'template judges': 'test/tools/audit/audit.test.ts',
    },
    unproven: ['express-log', 'deploy', 'destroy'],
  },
};
