/** Step Functions as the tasks of a world have them: executions that go on in another one are lost, or begin twice. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import type { WorkflowType } from '../../functions/detection/types.ts';
import { committedDefinition } from '../../local/definition.ts';
import { tableName } from '../../local/table.ts';
import { seededRandom } from '../support/random.ts';
import { createStepFunctions, type StepFunctions } from '../support/step-functions.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Faults } from './faults.ts';
import type { History, Shown } from './history.ts';

interface Deps {
  clock: VirtualClock;
  faults: Faults;
  seed: number;
  type: WorkflowType;
  dynamodb: DynamoDBClient;
  history: History;
  shown: Shown;
  /** What its Poll state invokes. */
  invoke: (task: string, execution: string, payload: unknown) => Promise<unknown>;
}

export const taskOf = (execution: string): string => execution.split('-').at(-1) ?? '';

export function createEngine(deps: Deps): StepFunctions {
  const { clock, faults, type, history, shown } = deps;

  const engine = createStepFunctions({
    type,
    definition: committedDefinition(type),
    clock,
    random: seededRandom(deps.seed),
    dynamodb: deps.dynamodb,
    tableName,
    async invoke(payload, { name }) {
      shown('payload', payload);
      try {
        const answer = await deps.invoke(taskOf(name), name, payload);
        shown('answer', answer);
        return answer;
      } catch (error) {
        // The interpreter's own history leaves out what a Catch takes.
        if (error instanceof Error) shown('history', { error: error.name, cause: error.message });
        throw error;
      }
    },
    onState: ({ name }, state) => history.add({ what: 'state', task: taskOf(name), execution: name, state }),
    onHistory: (_, entry) => shown('history', entry),
    onEnd({ name, arn, status, output, error, startedMs }) {
      shown('output', { output, error });
      const ms = clock.now() - startedMs;
      history.add({ what: 'execution', task: taskOf(name), execution: name, arn, status, ms });
    },
    async onStartNext(begin, name = '') {
      const task = taskOf(name);
      const fault = faults.at('segment', task);
      await clock.sleep(20);
      if (fault === 'rejected')
        throw Object.assign(new Error(fault), { name: 'StepFunctions.ThrottlingException' });
      const next = begin();
      if (fault === 'twice') begin();
      // It was taken, and then lost.
      if (fault === 'lost') engine.abort(next.arn);
      if (fault === 'lost-ack')
        throw Object.assign(new Error(fault), { name: 'StepFunctions.SdkClientException' });
      return next;
    },
  });
  return engine;
}
