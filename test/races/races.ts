/** Many at once for one task, against a real database protocol: who is first is chance, what comes of it is not. */
import { isDeepStrictEqual } from 'node:util';

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { createService } from '../../functions/control/service.ts';
import type { Workflow } from '../../functions/control/workflow.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import { createRecords } from '../../functions/records/records.ts';
import { tableName } from '../../local/table.ts';
import { seededRandom } from '../support/random.ts';
import { taskId } from '../support/records.ts';

export const defaults = { deadlineSeconds: 3_600, retentionSeconds: 86_400, shards: 1 };
const arnKinds: Record<WorkflowType, string> = { STANDARD: 'execution', EXPRESS: 'express' };
export const arnOf = (name: string, type: WorkflowType = 'STANDARD'): string =>
  `arn:aws:states:us-east-1:123456789012:${arnKinds[type]}:poller:${name}`;
/** Steps that a seed chooses, so that another seed gives another order. */
export function hesitant(random: () => number): () => Promise<void> {
  return async () => {
    for (let steps = Math.floor(random() * 6); steps > 0; steps--)
      await new Promise((resolve) => setImmediate(resolve));
  };
}

/** Each call of the store is begun a little later than it was meant to. */
export function shuffled<Part extends object>(part: Part, hesitate: () => Promise<void>): Part {
  return Object.fromEntries(
    Object.entries(part).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === 'function'
        ? async (...given: unknown[]): Promise<unknown> => {
            await hesitate();
            return (member as (...all: unknown[]) => unknown)(...given);
          }
        : member,
    ]),
  ) as Part;
}

export interface Raced {
  /** What should not have happened, in words. */
  faults: string[];
}

/** Identical starts: one record, one execution, the same answer for every caller. */
export async function raceStarts(
  client: DynamoDBClient,
  seed: number,
  count: number,
): Promise<Raced & { executions: number }> {
  const hesitate = hesitant(seededRandom(seed));
  const task = `start${seed}x${count}`;
  const executions = new Map<string, string>();
  const workflow: Workflow = {
    executionArn: arnOf,
    async start(name, detectTaskId) {
      await hesitate();
      executions.set(name, detectTaskId);
      return 'running';
    },
    stop: async () => {},
    status: async () => 'running',
  };
  const records = createRecords({ client, tableName, defaults, now: Date.now });
  const starting = createService({ records: shuffled(records, hesitate), workflow, now: Date.now });
  const input = {
    detect_task_id: taskId(task),
    media_url: 'https://media.example/race.jpg',
    metadata: { of: seed },
  };
  const all = await Promise.all(Array.from({ length: count }, () => starting.start(input)));
  const begun = all.filter(({ isNew }) => isNew).length;
  const { head: first } = all[0] as (typeof all)[number];
  return {
    executions: executions.size,
    faults: [
      ...(executions.size === 1 ? [] : [`${executions.size} executions`]),
      ...(begun === 1 ? [] : [`${begun} of them began it`]),
      ...(all.every(({ head }) => isDeepStrictEqual(head, first))
        ? []
        : ['not every caller got the same answer']),
    ],
  };
}
