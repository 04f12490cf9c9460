/** Many at once for one task, against a real database protocol: who is first is chance, what comes of it is not. */
import { isDeepStrictEqual } from 'node:util';

import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

import { newHead } from '../../functions/detections/head.ts';
import { createStore } from '../../functions/detections/store.ts';
import { fixedKey } from '../../functions/poll/api-key.ts';
import { standardPolicy } from '../../functions/poll/policy.ts';
import { createPoll } from '../../functions/poll/poll.ts';
import type { VisitAnswer } from '../../functions/poll/state.ts';
import { createStart } from '../../functions/start/start.ts';
import type { Workflow } from '../../functions/start/workflow.ts';
import { succeeded } from '../../local/crun/envelope.ts';
import { tableName } from '../../local/table.ts';
import { seededRandom } from '../support/random.ts';

const defaults = { deadlineSeconds: 3_600, retentionSeconds: 86_400, shards: 1 };
const arnOf = (name: string): string => `arn:aws:states:us-east-1:123456789012:execution:poller:${name}`;
/** Beyond what fits into a head, so that each poller brings pages of its own. */
const faceCount = 120;

/** Of a clock that runs a hundred times as fast. */
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms / 100));

/** Steps that a seed chooses, so that another seed gives another order. */
function hesitant(random: () => number): () => Promise<void> {
  return async () => {
    for (let steps = Math.floor(random() * 6); steps > 0; steps--)
      await new Promise((resolve) => setImmediate(resolve));
  };
}

/** Each call of the store is begun a little later than it was meant to. */
function shuffled<Part extends object>(part: Part, hesitate: () => Promise<void>): Part {
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
  executions: number;
  begun: number;
  answered: number;
  faults: string[];
}

/** Identical starts: one record, one execution, the same answer for everybody. */
export async function raceStarts(client: DynamoDBClient, seed: number, count: number): Promise<Raced> {
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
  const store = createStore({ client, tableName, defaults, now: Date.now });
  const starting = createStart({ store: shuffled(store, hesitate), workflow, now: Date.now });
  const input = { detect_task_id: task, media_url: 'https://media.example/race.jpg', metadata: { of: seed } };
  const all = await Promise.all(Array.from({ length: count }, () => starting.start(input)));
  const begun = all.filter(({ isNew }) => isNew).length;
  const { head: first } = all[0] as (typeof all)[number];
  return {
    executions: executions.size,
    begun,
    answered: all.length,
    faults: [
      ...(executions.size === 1 ? [] : [`${executions.size} executions`]),
      ...(begun === 1 ? [] : [`${begun} of them began it`]),
      ...(all.every(({ head }) => isDeepStrictEqual(head, first)) ? [] : ['not everybody was told the same']),
    ],
  };
}

/** Rivals under names of their own and twins of the owner, all at once; each answer of the provider's is another one. */
export async function racePollers(client: DynamoDBClient, seed: number, count: number): Promise<Raced> {
  const random = seededRandom(seed);
  const hesitate = hesitant(random);
  const task = `poll${seed}x${count}`;
  // Time runs a hundred times as fast, so that rivals need not be waited for.
  const sinceMs = Date.now();
  const now = (): number => sinceMs + (Date.now() - sinceMs) * 100;
  let calls = 0;
  const store = createStore({ client, tableName, defaults, now });
  const finals: string[] = [];
  const visit = createPoll({
    store: shuffled(store, hesitate),
    tell: async (head) =>
      void finals.push(
        JSON.stringify(head, (_, value: unknown) => (value instanceof Set ? [...value] : value)),
      ),
    crun: {
      async getResult(detectTaskId) {
        calls += 1;
        const call = calls;
        // Long enough for many to be asking at the same time.
        await sleep(2_000 + 8_000 * random());
        const faces = Array.from({ length: faceCount }, (__, id) => ({
          id,
          link: `https://cdn.example/${call}/${id}.jpg?${'x'.repeat(80)}`,
        }));
        const about = { detectTaskId, startedAtMs: sinceMs, finishedAtMs: sinceMs };
        const body = JSON.stringify(succeeded(about, { faces, detectId: `answer${call}` }));
        return { kind: 'answered', httpStatus: 200, body };
      },
    },
    apiKey: fixedKey('a-key'),
    clock: { now, sleep },
    random,
    policy: standardPolicy,
    log: () => {},
    measure: () => {},
  });

  async function execute(name: string): Promise<VisitAnswer> {
    let state: unknown = { detect_task_id: task };
    for (;;) {
      const answer = await visit({ state, execution_name: name, execution_arn: arnOf(name) }, Infinity);
      if (answer.next !== 'wait') return answer;
      await sleep(answer.wait_seconds * 1_000);
      state = answer;
    }
  }
  const names = Array.from({ length: count }, (_, index) =>
    index % 2 === 0 ? `1-${task}` : `rival-${index}-${task}`,
  );
  // As a start leaves it: so the twins poll, and the rivals wait for them.
  const owner = { attempt: 1, execution_name: `1-${task}`, execution_arn: arnOf(`1-${task}`) };
  await store.create(newHead({ detect_task_id: task }, owner, defaults, now()), {
    mayReplaceTombstone: false,
  });
  const answers = await Promise.all(names.map(execute));
  const items = await itemsOf(client, task);
  const head = items.find(({ detect_task_id: key }) => key?.S === task);
  const ref = head?.['faces_ref']?.S ?? '';
  const pages = items.filter(({ detect_task_id: key }) => key?.S?.startsWith(`${task}#`));
  const orphans = pages.filter(({ detect_task_id: key }) => !key?.S?.startsWith(`${task}#${ref}#`));
  const outcomes = new Set(answers.map((answer) => JSON.stringify(answer)));
  const links = pages.flatMap(
    ({ faces }) => faces?.L?.map((face) => face.M?.['link']?.S?.split('/')[3]) ?? [],
  );
  const from = new Set(links);
  return {
    executions: finals.length,
    begun: calls,
    answered: answers.length,
    faults: [
      ...(finals.length === 1 ? [] : [`${finals.length} final records`]),
      ...(outcomes.size === 1 ? [] : [`${outcomes.size} different answers`]),
      ...(orphans.length === 0 ? [] : [`${orphans.length} pages of losers`]),
      ...(head?.['page_refs'] === undefined ? [] : ['a lost update of page_refs']),
      ...(links.length === faceCount && from.size === 1 && head?.['detect_id']?.S === `answer${[...from][0]}`
        ? []
        : ['faces of more than one response']),
    ],
  };
}

async function itemsOf(client: DynamoDBClient, task: string) {
  const { Items = [] } = await client.send(
    new ScanCommand({
      TableName: tableName,
      ConsistentRead: true,
      FilterExpression: 'begins_with(detect_task_id, :task)',
      ExpressionAttributeValues: { ':task': { S: task } },
    }),
  );
  return Items;
}
