/**
 * The workflow on one machine: the committed definition in an interpreter, the same visit in-process, DynamoDB calls
 * carried out from their Parameters. There is no daemon: an execution lives and dies with the process that runs it.
 */
import { DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';

import type { Store } from '../functions/detections/store.ts';
import type { VisitAnswer, VisitEvent } from '../functions/poll/state.ts';
import type { Workflow } from '../functions/start/workflow.ts';
import type { Processes } from './processes.ts';

export interface LocalWorkflowDeps {
  definition: StateMachineDefinition;
  visit: (event: VisitEvent) => Promise<VisitAnswer>;
  dynamodb: DynamoDBClient;
  tableName: string;
  processes: Processes;
  /** Tells which execution owns a task. */
  store: Pick<Store, 'read'>;
  now: () => number;
  /** Milliseconds for each wait and retry instead of the definition's own: for clocks that skip. */
  overrides?: { waitTimeOverrides?: Record<string, number>; retryIntervalOverrides?: Record<string, number> };
}

/** How an execution ended. */
type Ending = { status: 'SUCCEEDED'; output: unknown } | { status: 'FAILED'; error: string; cause: string };

export interface LocalWorkflow extends Workflow {
  /** Runs an execution of any name with any input to its end, as anyone's `StartExecution` would. */
  execute(executionName: string, input: unknown): Promise<Ending>;
  ended(detectTaskId: string): Promise<void> | undefined;
  /** Whether the execution of this ARN runs in no living process. */
  isLost(executionArn: string): Promise<boolean>;
}

/** What an earlier taking over put behind the name. */
const takenOver = /-[cs]\d+[0-9a-f]{8}$/;
const arnPrefix = 'arn:aws:states:local:000000000000:execution';
export const processOf = (executionArn: string): string | undefined =>
  executionArn.startsWith(`${arnPrefix}:`) ? executionArn.split(':')[6] : undefined;

export function createLocalWorkflow(deps: LocalWorkflowDeps): LocalWorkflow {
  const { processes, dynamodb, tableName, now } = deps;
  // Definitions are checked by the project's tests, and the snapshot's ARNs stand for no real account.
  const machine = new StateMachine(deps.definition, { validationOptions: { noValidate: true } });
  const running = new Map<string, { executionName: string; abort: () => void; ended: Promise<void> }>();
  /** Names whose execution failed without leaving a final record: used up, as at AWS. */
  const closed = new Set<string>();

  const executionArn = (name: string): string => `${arnPrefix}:${processes.id}:${name}`;

  function run(executionName: string, input: unknown): { abort: () => void; ending: Promise<Ending> } {
    const { abort, result } = machine.run(input as never, {
      overrides: { ...deps.overrides, taskResourceLocalHandlers: tasks },
      context: {
        Execution: { Id: executionArn(executionName), Name: executionName },
        // Read when a state is entered: the interpreter has no context of its own for it.
        State: {
          get EnteredTime() {
            return new Date(now()).toISOString();
          },
        },
      },
    });
    return { abort, ending: endingOf(result) };
  }

  const tasks = Object.fromEntries(
    Object.entries(deps.definition.States)
      .filter(([, state]) => state.Type === 'Task')
      .map(([name, state]) => [name, taskFor('Resource' in state ? state.Resource : '')]),
  );

  function taskFor(resource: string): (parameters: unknown) => Promise<never> {
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
    return async (parameters) => (await deps.visit(parameters as VisitEvent)) as never;
  }

  async function isLost(arn: string): Promise<boolean> {
    const processId = processOf(arn);
    return processId !== undefined && !(await processes.isAlive(processId));
  }

  return {
    executionArn,
    isLost,

    async start(executionName, detectTaskId) {
      const current = await deps.store.read(detectTaskId);
      const owner = current.kind === 'head' ? current.head.execution_arn : executionArn(executionName);
      const isOurs = processOf(owner) === processes.id;
      if (!isOurs && !(await isLost(owner))) return 'running';
      if (closed.has(executionName)) return 'closed';
      if (running.has(detectTaskId)) return 'running';
      // The name of a dead process's execution stays its own: ours takes the record over by the record's rule.
      const name = isOurs ? executionName : `${executionName.replace(takenOver, '')}-${processes.id}`;
      const { abort, ending } = run(name, { detect_task_id: detectTaskId });
      const ended = ending.then((end) => {
        running.delete(detectTaskId);
        if (end.status === 'FAILED' && /^(EXECUTION_LOST|States\.)/.test(end.error)) closed.add(name);
      });
      running.set(detectTaskId, { executionName: name, abort, ended });
      return 'running';
    },

    async status(arn) {
      const processId = processOf(arn);
      if (processId === undefined) return 'unknown';
      if (processId !== processes.id) return (await processes.isAlive(processId)) ? 'running' : 'ended';
      const isRunning = [...running.values()].some(
        ({ executionName }) => executionArn(executionName) === arn,
      );
      return isRunning ? 'running' : 'ended';
    },

    async stop(arn) {
      for (const [detectTaskId, { executionName, abort }] of running) {
        if (executionArn(executionName) !== arn) continue;
        running.delete(detectTaskId);
        abort();
      }
    },

    ended: (detectTaskId) => running.get(detectTaskId)?.ended,
    execute: (executionName, input) => run(executionName, input).ending,
  };
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
