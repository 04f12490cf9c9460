/**
 * The other ways to wait for the same result, each as its own documentation has it: those that are workflows run in
 * the same interpreter, all of them against the same provider and in the same time. Each writes its result once.
 */
import type { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { StateMachineDefinition } from 'aws-local-stepfunctions';

import { classify } from '../../functions/crun/classify.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import { decide, noHistory } from '../../functions/poll/decide.ts';
import { expressPolicy } from '../../functions/poll/policy.ts';
import { createProvider } from '../support/provider.ts';
import { seededRandom } from '../support/random.ts';
import { createStepFunctions } from '../support/step-functions.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { type Account, nothing, platformLogs } from './account.ts';
import { type Conditions, overheadMs } from './workloads.ts';

const lambda = 'arn:aws:lambda:us-east-1:123456789012:function:status';
const storeResult = {
  Type: 'Task',
  Resource: 'arn:aws:states:::dynamodb:putItem',
  Parameters: { TableName: 'results', Item: { id: { 'S.$': '$$.Execution.Name' } } },
} as const;
const isDone = { Variable: '$.status', StringEquals: 'succeeded' };

/**
 * AWS's sample "Poll for job status": wait, get the status, decide; here the job is begun already, and the last state
 * writes. https://docs.aws.amazon.com/step-functions/latest/dg/sample-project-job-poller.html
 */
const jobPoller: StateMachineDefinition = {
  StartAt: 'Wait X Seconds',
  States: {
    'Wait X Seconds': { Type: 'Wait', Seconds: 30, Next: 'Get Job Status' },
    'Get Job Status': { Type: 'Task', Resource: lambda, Next: 'Job Complete?' },
    'Job Complete?': {
      Type: 'Choice',
      Choices: [{ ...isDone, Next: 'Get Final Job Status' }],
      Default: 'Wait X Seconds',
    },
    'Get Final Job Status': { ...storeResult, Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

const plainLoop: StateMachineDefinition = {
  StartAt: 'Get status',
  States: {
    'Get status': { Type: 'Task', Resource: lambda, Next: 'Done?' },
    'Done?': { Type: 'Choice', Choices: [{ ...isDone, Next: 'Store' }], Default: 'Wait 5 s' },
    'Wait 5 s': { Type: 'Wait', Seconds: 5, Next: 'Get status' },
    Store: { ...storeResult, End: true },
  },
};

/** What outlasts the five minutes of an Express execution is lost. */
const expressLoop: StateMachineDefinition = {
  ...plainLoop,
  TimeoutSeconds: 300,
  States: {
    ...plainLoop.States,
    'Done?': { Type: 'Choice', Choices: [{ ...isDone, Next: 'Store' }], Default: 'Wait 1 s' },
    'Wait 1 s': { Type: 'Wait', Seconds: 1, Next: 'Get status' },
  },
};

/** Not yet is an error, and the function itself writes when it is done. */
const retryAsPoll: StateMachineDefinition = {
  StartAt: 'Get result',
  States: {
    'Get result': {
      Type: 'Task',
      Resource: lambda,
      Retry: [
        {
          ErrorEquals: ['NotYet'],
          IntervalSeconds: 1,
          BackoffRate: 1.5,
          MaxDelaySeconds: 30,
          MaxAttempts: 99_999,
        },
      ],
      End: true,
    },
  },
};

/**
 * `waitForCondition` by the defaults of `createWaitStrategy` in the npm package @aws/durable-execution-sdk-js 2.4.0:
 * full jitter, whole seconds, one at least.
 */
const durable = { maxAttempts: 60, initialS: 5, maxS: 300, backoff: 1.5 } as const;
const durableDelayMs = (attempt: number, random: number): number => {
  const baseS = Math.min(durable.initialS * durable.backoff ** (attempt - 1), durable.maxS);
  return 1_000 * Math.max(1, Math.round(random * baseS));
};
/** A checkpoint: the state that the condition carries, and what the service keeps beside it. */
const checkpointBytes = 256;
/** A message that is delayed is sent, received and deleted. */
const requestsPerMessage = 3;
/** What SDKs of such providers do in `subscribe` or `wait`. */
const bareGapMs = 500;
const timeoutMs = 10_000;

class NotYet extends Error {
  override readonly name = 'NotYet';
}

/** What a rival is given to wait for one task. */
interface Surroundings {
  clock: VirtualClock;
  random: () => number;
  /** Whether the provider has the answer. */
  ask: () => Promise<boolean>;
  /** A Lambda invocation. */
  invoke: <T>(work: () => Promise<T>) => Promise<T>;
  /** Writes the result to DynamoDB. */
  store: () => void;
  /** Runs a workflow to its end; `getStatus` is its function. */
  execute: (getStatus: () => Promise<unknown>) => Promise<void>;
}

interface Rival {
  definition?: StateMachineDefinition;
  type?: WorkflowType;
  follow: (surroundings: Surroundings) => Promise<Partial<Account>>;
}

const loopOf = (definition: StateMachineDefinition, type: WorkflowType = 'STANDARD'): Rival => ({
  definition,
  type,
  async follow({ ask, execute }) {
    await execute(async () => ({ status: (await ask()) ? 'succeeded' : 'processing' }));
    return {};
  },
});

export const rivals = {
  'aws-job-poller': loopOf(jobPoller),
  'loop-5s': loopOf(plainLoop),
  'express-loop-1s': loopOf(expressLoop, 'EXPRESS'),
  'retry-as-poll': {
    definition: retryAsPoll,
    async follow({ ask, store, execute }) {
      await execute(async () => {
        if (!(await ask())) throw new NotYet('not yet');
        store();
      });
      return {};
    },
  },
  'durable-default': {
    async follow({ clock, random, ask, invoke, store }) {
      for (let attempt = 1; ; attempt++) {
        const isReady = await invoke(ask);
        if (isReady) {
          store();
          // One operation for the execution, one for the condition, one a poll.
          return { operations: 2 + attempt, durableBytes: (1 + attempt) * checkpointBytes };
        }
        // It throws then, and the task is lost.
        if (attempt >= durable.maxAttempts) return { lagMs: Number.NaN, operations: 2 + attempt };
        await clock.sleep(durableDelayMs(attempt, random()));
      }
    },
  },
  // Our schedule for Express, with a queue in the place of the workflow.
  'sqs-delay': {
    async follow({ clock, random, ask, invoke, store }) {
      const startedMs = clock.now();
      for (let messages = 1; ; messages++) {
        const delayMs = await invoke(async () => {
          const endsAtMs = clock.now() + (messages === 1 ? expressPolicy.firstInvocationMs : 0);
          for (;;) {
            const askedMs = clock.now();
            if (await ask()) {
              store();
              return undefined;
            }
            const moment = {
              ...momentOf(clock.now(), startedMs, endsAtMs),
              isFirstInvocation: messages === 1,
            };
            const decision = decide(stillPending, noHistory, moment, expressPolicy, random());
            if (decision.next !== 'poll')
              return decision.next === 'wait' ? 1_000 * decision.waitSeconds : Number.NaN;
            await clock.sleep(
              Math.max(decision.inMs - (clock.now() - askedMs) / 2, expressPolicy.minPauseMs),
            );
          }
        });
        if (delayMs === undefined) return { queueRequests: messages * requestsPerMessage };
        await clock.sleep(delayMs);
      }
    },
  },
  'bare-lambda-loop': {
    async follow({ clock, ask, invoke, store }) {
      await invoke(async () => {
        while (!(await ask())) await clock.sleep(bareGapMs);
        store();
      });
      return {};
    },
  },
} satisfies Record<string, Rival>;

export type RivalName = keyof typeof rivals;

const stillPending = { kind: 'pending', status: 'processing' } as const;
/** No task of the workloads is given up. */
const deadlineSeconds = 24 * 3_600;
const momentOf = (nowMs: number, startedMs: number, invocationEndsAtMs: number) => ({
  nowMs,
  taskSinceMs: startedMs,
  pollingSinceMs: startedMs,
  invocationEndsAtMs,
  deadlineAtMs: startedMs + 1_000 * deadlineSeconds,
  deadlineSeconds,
});

export async function runRival(
  name: RivalName,
  durationsMs: readonly number[],
  { seed, conditions }: { seed: number; conditions: Conditions },
): Promise<Account[]> {
  const rival: Rival = rivals[name];
  const clock = createVirtualClock();
  const random = seededRandom(seed);
  const provider = createProvider(clock, conditions);
  /** Of the executions, by their names. */
  const functions = new Map<string, { getStatus: () => Promise<unknown>; store: () => void }>();
  const workflow =
    rival.definition &&
    createStepFunctions({
      type: rival.type ?? 'STANDARD',
      definition: rival.definition,
      clock,
      random,
      invoke: async (_, execution) => functions.get(execution.name)?.getStatus(),
      dynamodb: {
        send: async ({ input }: PutItemCommand) => functions.get(input.Item?.['id']?.S ?? '')?.store(),
      } as unknown as DynamoDBClient,
    });

  async function follow(durationMs: number, index: number): Promise<Account> {
    const id = `task-${index}`;
    const account = { ...nothing };
    const { readyMs } = provider.submit(id, durationMs);
    const invoke = async <T>(work: () => Promise<T>): Promise<T> => {
      const startedMs = clock.now();
      try {
        await clock.sleep(overheadMs(conditions, account.invocations === 0));
        return await work();
      } finally {
        account.invocations += 1;
        account.lambdaMs += clock.now() - startedMs;
      }
    };
    const store = (): void => {
      account.writes += 1;
      account.lagMs = clock.now() - readyMs;
    };
    const own = await rival.follow({
      clock,
      random,
      async ask() {
        const asked = { detectTaskId: id, apiKey: 'a-key' };
        const exchange = await provider.getResult(id, asked.apiKey, timeoutMs);
        return classify(exchange, asked, clock.now()).kind === 'succeeded';
      },
      invoke,
      store,
      async execute(getStatus) {
        functions.set(id, { getStatus: () => invoke(getStatus), store });
        const execution = workflow?.execute(id, {});
        await execution?.ended;
        if (execution === undefined) throw new Error(`${name}: has no workflow`);
        const { status, startedMs, endedMs = startedMs } = execution;
        account.transitions = execution.transitions;
        if (rival.type === 'EXPRESS') account.executionsMs = [endedMs - startedMs];
        if (status === 'TIMED_OUT') account.lagMs = Number.NaN;
        else if (status !== 'SUCCEEDED') throw new Error(`${name}: ${id} ended as ${execution.error}`);
      },
    });
    const isLost = Number.isNaN(own.lagMs ?? account.lagMs);
    if (account.writes !== 1 && !isLost) throw new Error(`${name}: ${id} ended without a result`);
    const polls = provider.task(id)?.calls ?? 0;
    return { ...account, ...own, polls, logs: platformLogs(account.invocations) };
  }

  return clock.attend(() => Promise.all(durationsMs.map(follow)));
}
