/**
 * The workflow on one machine: the committed definition in an interpreter, the same invocation in-process, DynamoDB calls
 * carried out from their Parameters. There is no daemon: an execution ends with the process that runs it.
 */
import { DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { StateMachine, StateMachineDefinition } from 'aws-local-stepfunctions';

import { iso } from '../functions/clock.ts';
import type { Workflow } from '../functions/control/workflow.ts';
import type { WorkflowType } from '../functions/detection/types.ts';
import type { InvocationResult, InvocationEvent } from '../functions/poll/state.ts';
import type { Records } from '../functions/records/records.ts';
import type { Processes } from './processes.ts';

export interface LocalWorkflowDeps {
  type: WorkflowType;
  definition: StateMachineDefinition;
  invoke: (event: InvocationEvent) => Promise<InvocationResult>;
  dynamodb: DynamoDBClient;
  tableName: string;
  processes: Processes;
  /** Which execution holds the lease. */
  records: Pick<Records, 'read'>;
  now: () => number;
  /** Milliseconds for each wait and retry instead of the definition's own: for clocks that skip. */
  overrides?: { waitTimeOverrides?: Record<string, number>; retryIntervalOverrides?: Record<string, number> };
}

/** How an execution ended. */
type Ending = { status: 'SUCCEEDED'; output: unknown } | { status: 'FAILED'; error: string; cause: string };

export interface LocalWorkflow extends Workflow {
  /** Runs an execution of any name with any input to its end, as `StartExecution` would. */
  execute(executionName: string, input: unknown): Promise<Ending>;
  ended(detectTaskId: string): Promise<void> | undefined;
  /** Whether the execution of this ARN runs in no living process. */
  isLost(executionArn: string): Promise<boolean>;
}

/** The suffix of an earlier takeover. */
const takeoverSuffix = /-(?:[cs]|o[0-9a-f]{8})\d+[0-9a-f]{8}$/;
const arnPrefix = 'arn:aws:states:local:000000000000';
const arnKinds: Record<WorkflowType, string> = { STANDARD: 'execution', EXPRESS: 'express' };
export const processOf = (executionArn: string): string | undefined =>
  executionArn.startsWith(`${arnPrefix}:ex`) ? executionArn.split(':')[6] : undefined;

/** One execution, and through it each continuation. */
interface Run {
  arn: string;
  executionName: string;
  abort(): void;
  ending: Promise<Ending>;
}

export function createLocalWorkflow(deps: LocalWorkflowDeps): LocalWorkflow {
  const { type, processes, dynamodb, tableName, now } = deps;
  let loading: Promise<StateMachine> | undefined;
  const load = (): Promise<StateMachine> => (loading ??= interpreterOf(deps.definition));
  /** By task: what `start` has started, or its continuation. */
  const running = new Map<string, Run>();
  const endings = new Map<string, Promise<void>>();
  /** Names whose execution failed without leaving a final record: used up, as at AWS. */
  const closed = new Set<string>();

  const executionArn = (name: string): string => `${arnPrefix}:${arnKinds[type]}:${processes.id}:${name}`;
  let runs = 0;

  function run(machine: StateMachine, executionName: string, input: unknown): Run {
    const name = executionArn(executionName);
    // Of one name there may be several Express executions.
    const arn = type === 'EXPRESS' ? `${name}:${(runs += 1)}` : name;
    let successor: Run | undefined;
    const { abort, result } = machine.run(input as never, {
      overrides: {
        ...deps.overrides,
        taskResourceLocalHandlers: tasksOf((next, given) => {
          successor = run(machine, next, given);
          return successor;
        }),
      },
      context: {
        Execution: { Id: arn, Name: executionName },
        StateMachine: { Id: `${arnPrefix}:stateMachine:${processes.id}` },
        // Read when a state is entered: the interpreter has no context of its own for it.
        State: {
          get EnteredTime() {
            return iso(now());
          },
        },
      },
    });
    return {
      arn,
      executionName,
      abort: () => (successor === undefined ? abort() : successor.abort()),
      ending: endingOf(result).then((end) => successor?.ending ?? end),
    };
  }

  const tasksOf = (begin: (name: string, input: unknown) => Run) =>
    Object.fromEntries(
      Object.entries(deps.definition.States)
        .filter(([, state]) => state.Type === 'Task')
        .map(([name, state]) => [name, taskFor('Resource' in state ? state.Resource : '', begin)]),
    );

  function taskFor(
    resource: string,
    begin: (name: string, input: unknown) => Run,
  ): (parameters: unknown) => Promise<never> {
    if (resource.endsWith(':states:::states:startExecution')) {
      return async (parameters) => {
        const { Name, Input } = parameters as { Name: string; Input: { detect_task_id: string } };
        const successor = begin(Name, Input);
        if (running.has(Input.detect_task_id)) running.set(Input.detect_task_id, successor);
        return {} as never;
      };
    }
    if (resource.endsWith(':states:::dynamodb:updateItem')) {
      return async (parameters) => {
        const input = { ...(parameters as UpdateItemCommandInput), TableName: tableName };
        try {
          return (await dynamodb.send(new UpdateItemCommand(input))) as never;
        } catch (error) {
          // Step Functions puts the service before the name of its integrations' errors.
          if (error instanceof Error) error.name = `DynamoDB.${error.name}`;
          throw error;
        }
      };
    }
    return async (parameters) => (await deps.invoke(parameters as InvocationEvent)) as never;
  }

  async function isLost(arn: string): Promise<boolean> {
    const processId = processOf(arn);
    return processId !== undefined && !(await processes.isAlive(processId));
  }

  /** Also by the ARN that the record has before the execution runs, which ends with the name. */
  const runOf = (arn: string): [string, Run] | undefined =>
    [...running].find(
      ([, { executionName, arn: own }]) => arn === own || arn === executionArn(executionName),
    );

  return {
    executionArn,
    isLost,

    async start(executionName, detectTaskId) {
      const current = await deps.records.read(detectTaskId);
      const owner = current.kind === 'head' ? current.head.execution_arn : executionArn(executionName);
      const isOurs = processOf(owner) === processes.id;
      const machine = await load();
      if (!isOurs && !(await isLost(owner))) return 'running';
      if (closed.has(executionName)) return 'closed';
      if (running.has(detectTaskId)) return 'running';
      // The name of a dead process's execution stays its own: ours takes the lease over under another name.
      const name = isOurs ? executionName : `${executionName.replace(takeoverSuffix, '')}-${processes.id}`;
      const begun = run(machine, name, { detect_task_id: detectTaskId });
      running.set(detectTaskId, begun);
      const ended = begun.ending.then((end) => {
        running.delete(detectTaskId);
        endings.delete(detectTaskId);
        if (end.status === 'FAILED' && /^(EXECUTION_LOST|States\.)/.test(end.error)) closed.add(name);
      });
      endings.set(detectTaskId, ended);
      return 'running';
    },

    async status(arn) {
      const processId = processOf(arn);
      if (processId === undefined) return 'unknown';
      if (processId !== processes.id) return (await processes.isAlive(processId)) ? 'running' : 'ended';
      return runOf(arn) === undefined ? 'ended' : 'running';
    },

    async stop(arn) {
      const found = runOf(arn);
      if (found === undefined) return;
      running.delete(found[0]);
      endings.delete(found[0]);
      found[1].abort();
    },

    ended: (detectTaskId) => endings.get(detectTaskId),
    execute: async (executionName, input) => run(await load(), executionName, input).ending,
  };
}

/** Loaded by the first execution: what only reads records does without it. */
async function interpreterOf(definition: StateMachineDefinition): Promise<StateMachine> {
  const { StateMachine: Interpreter } = await import('aws-local-stepfunctions');
  // Definitions are checked by the project's tests, and the snapshot's ARNs stand for no real account.
  return new Interpreter(definition, { validationOptions: { noValidate: true } });
}

async function endingOf(result: Promise<unknown>): Promise<Ending> {
  try {
    return { status: 'SUCCEEDED', output: await result };
  } catch (failure) {
    const error =
      failure instanceof Error && failure.cause instanceof Error ? failure.cause : (failure as Error);
    return { status: 'FAILED', error: error.name, cause: error.message };
  }
}
