/**
 * Step Functions as AWS runs them, in virtual time: Standard and Express by their own rules of names, every state,
 * retry and millisecond counted from outside.
 */
import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { StateMachineDefinition } from 'aws-local-stepfunctions';

import type { Workflow } from '../../functions/control/workflow.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import { createInterpreter } from './interpreter.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface Execution {
  name: string;
  arn: string;
  input: unknown;
  startedMs: number;
  endedMs?: number;
  /** States entered and retries: what Standard bills. */
  transitions: number;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';
  output?: unknown;
  error?: string;
  ended: Promise<void>;
}

export interface StepFunctionsDeps {
  type: WorkflowType;
  definition: StateMachineDefinition;
  clock: VirtualClock;
  /** Draws the jitter of retries, from [0, 1). */
  random: () => number;
  /** Carries out every Lambda task. */
  invoke: (payload: unknown, execution: Execution) => Promise<unknown>;
  dynamodb?: DynamoDBClient;
  tableName?: string;
  onState?: (execution: Execution, state: string) => void;
  /** Each entry of its history, with all data. */
  onHistory?: (execution: Execution, entry: object) => void;
  onEnd?: (execution: Execution) => void;
  /** Stands between an execution that starts the next one and that start, which it carries out, or not, or twice. */
  onStartNext?: (begin: () => Execution, name: string | undefined) => Promise<Execution>;
}

export interface StepFunctions extends Workflow {
  /** Runs an execution as anyone's `StartExecution` would; nothing is kept of an execution that has ended. */
  execute(name: string, input: unknown): Execution;
  open(): Iterable<Execution>;
  /** Ends one of either type, as only the service itself can end an Express execution. */
  abort(executionArn: string): void;
}

const endings: Record<string, Execution['status']> = {
  ExecutionAbortedError: 'ABORTED',
  ExecutionTimeoutError: 'TIMED_OUT',
};

const machineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:poller';

export function createStepFunctions(deps: StepFunctionsDeps): StepFunctions {
  const { clock, type } = deps;
  const { StateMachine } = createInterpreter(clock, deps.random);
  const machine = new StateMachine(deps.definition, { validationOptions: { noValidate: true } });
  const running = new Map<string, { execution: Execution; abort: () => void }>();
  /** How executions ended, by ARN: only Standard remembers. */
  const ended = new Map<string, Execution['status']>();
  let started = 0;

  const executionArn = (name: string): string =>
    type === 'STANDARD'
      ? `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`
      : `${machineArn.replace(':stateMachine:', ':express:')}:${name}`;

  function execute(name: string, input: unknown): Execution {
    started += 1;
    // An Express execution's ARN goes on behind the name.
    const arn = type === 'STANDARD' ? executionArn(name) : `${executionArn(name)}:${started}`;
    const execution: Execution = {
      name,
      arn,
      input,
      startedMs: clock.now(),
      transitions: 0,
      status: 'RUNNING',
      ended: Promise.resolve(),
    };
    const { abort, result, eventLogs } = machine.run(input as never, {
      overrides: { taskResourceLocalHandlers: tasksOf(execution) },
      context: {
        Execution: { Id: arn, Name: name },
        StateMachine: { Id: machineArn, Name: 'poller' },
        State: {
          get EnteredTime() {
            return new Date(clock.now()).toISOString();
          },
        },
      },
    });
    running.set(arn, { execution, abort });
    execution.ended = Promise.all([ending(), counting()]).then(() => {
      running.delete(arn);
      if (type === 'STANDARD') ended.set(arn, execution.status);
      deps.onEnd?.(execution);
    });
    return execution;

    async function ending(): Promise<void> {
      try {
        execution.output = await result;
        execution.status = 'SUCCEEDED';
      } catch (failure) {
        const error = failure as Error;
        execution.status = endings[error.name] ?? 'FAILED';
        execution.error = error.cause instanceof Error ? error.cause.name : error.name;
      }
      execution.endedMs = clock.now();
    }

    async function counting(): Promise<void> {
      for await (const event of eventLogs) {
        deps.onHistory?.(execution, event);
        if (event.type !== 'StateEntered' && event.type !== 'StateRetried') continue;
        execution.transitions += 1;
        deps.onState?.(execution, event.state.name);
      }
    }
  }

  const tasksOf = (execution: Execution) =>
    Object.fromEntries(
      Object.entries(deps.definition.States)
        .filter(([, state]) => state.Type === 'Task')
        .map(([name, state]) => {
          const resource = 'Resource' in state ? state.Resource : '';
          return [name, (parameters: unknown) => carryOut(resource, parameters, execution)];
        }),
    );

  async function carryOut(resource: string, parameters: unknown, execution: Execution): Promise<never> {
    const action = /:states:::(?:aws-sdk:)?(\w+:\w+)/.exec(resource)?.[1];
    switch (action) {
      case undefined:
        return (await deps.invoke(parameters, execution)) as never;
      case 'sfn:startExecution':
      case 'states:startExecution': {
        const { Name, Input } = parameters as { Name?: string; Input: unknown };
        const begin = () => execute(Name ?? `unnamed-${started}`, Input);
        const next = await (deps.onStartNext?.(begin, Name) ?? begin());
        return { ExecutionArn: next.arn, StartDate: new Date(next.startedMs).toISOString() } as never;
      }
      case 'dynamodb:updateItem':
      case 'dynamodb:putItem':
        return (await write(action, { ...(parameters as object), TableName: deps.tableName })) as never;
      default:
        throw new Error(`no service carries out ${resource}`);
    }
  }

  async function write(action: 'dynamodb:updateItem' | 'dynamodb:putItem', input: object): Promise<unknown> {
    try {
      return action === 'dynamodb:putItem'
        ? await deps.dynamodb?.send(new PutItemCommand(input as never))
        : await deps.dynamodb?.send(new UpdateItemCommand(input as never));
    } catch (error) {
      // Step Functions puts the service before the name of its integrations' errors.
      if (error instanceof Error) error.name = `DynamoDB.${error.name}`;
      throw error;
    }
  }

  return {
    execute,
    open: () => [...running.values()].map(({ execution }) => execution),
    executionArn,

    async start(name, detectTaskId) {
      const arn = executionArn(name);
      if (type === 'STANDARD' && running.has(arn)) return 'running';
      if (type === 'STANDARD' && ended.has(arn)) return 'closed';
      execute(name, { detect_task_id: detectTaskId });
      return 'running';
    },

    abort: (arn) => running.get(arn)?.abort(),

    // Express has neither of the two.
    async stop(arn) {
      if (type === 'STANDARD') running.get(arn)?.abort();
    },
    async status(arn) {
      if (type === 'EXPRESS') return 'unknown';
      if (running.has(arn)) return 'running';
      const status = ended.get(arn);
      return status === undefined ? 'unknown' : status === 'ABORTED' ? 'aborted' : 'ended';
    },
  };
}
