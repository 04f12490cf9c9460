/** Many executions of one task at once: one of them asks, one answer is taken. */
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

import { fixedKey } from '../../functions/api-key/reader.ts';
import { isFinal, type WorkflowType } from '../../functions/detection/types.ts';
import { createPoll } from '../../functions/poll/invocation.ts';
import { expressPolicy, type Policy, standardPolicy } from '../../functions/poll/policy.ts';
import type { InvocationResult } from '../../functions/poll/state.ts';
import { newHead } from '../../functions/records/head.ts';
import { createRecords } from '../../functions/records/records.ts';
import { pending, succeeded } from '../../local/simulator/envelope.ts';
import { tableName } from '../../local/table.ts';
import { seededRandom } from '../support/random.ts';
import { taskId } from '../support/records.ts';
import { arnOf, defaults, hesitant, type Raced, shuffled } from './races.ts';

/** Beyond what fits into a head, so that each poller brings pages of its own. */
const faceCount = 120;

interface Pace {
  policy: Policy;
  /** By which time runs faster, so that rivals need not be waited for. */
  speed: number;
  /** A call takes a fifth of this, and up to as much more: long enough for many to be asking at the same time. */
  callMs: number;
  /** The task is done when this leg asks. */
  doneInLeg: 1 | 2;
}
const paces: Record<WorkflowType, Pace> = {
  STANDARD: { policy: standardPolicy, speed: 100, callMs: 8_000, doneInLeg: 1 },
  EXPRESS: { policy: { ...expressPolicy, segmentMs: 10_000 }, speed: 20, callMs: 2_000, doneInLeg: 2 },
};

/**
 * Rivals under names of their own and twins of the owner, all at once; each answer of the provider's is another one.
 * Twins are one execution on Standard, each invocation of which is invoked again and again. On Express every two are, the next
 * leg is started up to three times, and of all executions of one name one alone may ask.
 */
export async function racePollers(
  client: DynamoDBClient,
  seed: number,
  count: number,
  type: WorkflowType,
): Promise<Raced & { finals: number; calls: number }> {
  const { policy, speed, callMs, doneInLeg } = paces[type];
  const random = seededRandom(seed);
  const hesitate = hesitant(random);
  const task = `poll${type}${seed}x${count}`;
  const first = `1-${task}`;
  const sinceMs = Date.now();
  const now = (): number => sinceMs + (Date.now() - sinceMs) * speed;
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms / speed));
  let calls = 0;
  let handedOver = 0;
  /** Which executions of a name have asked the provider. */
  const asking = new Map<string, Set<string>>();
  const records = createRecords({ client, tableName, defaults, now });
  let finals = 0;
  const answers: InvocationResult[] = [];
  const invocationOf = (name: string, arn: string) =>
    createPoll({
      records: shuffled(records, hesitate),
      publish: async () => void (finals += 1),
      crun: {
        async getResult(detectTaskId) {
          calls += 1;
          const call = calls;
          asking.set(name, (asking.get(name) ?? new Set()).add(arn));
          await sleep(callMs * (0.2 + random()));
          const about = { detectTaskId, startedAtMs: sinceMs, finishedAtMs: sinceMs };
          if (name === first && doneInLeg > 1)
            return {
              kind: 'answered',
              httpStatus: 200,
              body: JSON.stringify(pending(about, { status: 'processing' })),
            };
          const faces = Array.from({ length: faceCount }, (__, id) => ({
            id,
            link: `https://cdn.example/${call}/${id}.jpg?${'x'.repeat(80)}`,
          }));
          const body = JSON.stringify(succeeded(about, { faces, detectId: `answer${call}` }));
          return { kind: 'answered', httpStatus: 200, body };
        },
      },
      apiKey: fixedKey('a-key'),
      clock: { now, sleep },
      random,
      policy,
      log: () => {},
      measure: () => {},
    });

  async function execute(name: string, arn: string, input: unknown): Promise<void> {
    const invoke = invocationOf(name, arn);
    for (let state = input; ;) {
      const entered_at = new Date(now()).toISOString();
      const answer = await invoke({ state, execution_name: name, execution_arn: arn, entered_at }, Infinity);
      if (answer.next === 'wait') {
        await sleep(answer.wait_seconds * 1_000);
        state = answer;
        continue;
      }
      answers.push(answer);
      if (answer.next !== 'continue') return;
      handedOver += 1;
      const { name: successor, input: handOff } = answer.continuation;
      const times = 1 + Math.floor(random() * 3);
      const successors = Array.from(
        { length: times },
        (_, twin) => `${arnOf(successor, type)}:${handedOver}-${twin}`,
      );
      await Promise.all([...successors, ...successors].map((each) => execute(successor, each, handOff)));
      return;
    }
  }
  // As a start leaves it: so the twins poll, and the rivals wait for them.
  const owner = { attempt: 1, execution_name: first, execution_arn: arnOf(first, type) };
  await records.create(newHead({ detect_task_id: taskId(task) }, owner, defaults, now()), {
    mayReplaceTombstone: false,
  });
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const name = index % 2 === 0 ? first : `rival-${index}-${task}`;
      const arn = arnOf(name, type);
      return execute(name, type === 'EXPRESS' ? `${arn}:${Math.floor(index / 4)}` : arn, {
        detect_task_id: task,
      });
    }),
  );
  const items = await itemsOf(client, task);
  const head = items.find(({ detect_task_id: key }) => key?.S === task);
  const ref = head?.['faces_ref']?.S ?? '';
  const pages = items.filter(({ detect_task_id: key }) => key?.S?.startsWith(`${task}#`));
  const orphans = pages.filter(({ detect_task_id: key }) => !key?.S?.startsWith(`${task}#${ref}#`));
  // A rival whose own execution ends before the task tells how things stand.
  const ended = answers.filter(
    (answer) => answer.next !== 'continue' && !(answer.next === 'settled' && !isFinal(answer.output.status)),
  );
  const outcomes = new Set(ended.map((answer) => JSON.stringify(answer)));
  const links = pages.flatMap(
    ({ faces }) => faces?.L?.map((face) => face.M?.['link']?.S?.split('/')[3]) ?? [],
  );
  const from = new Set(links);
  const together = [...asking].filter(([, arns]) => arns.size > 1);
  return {
    finals,
    calls,
    faults: [
      ...(finals === 1 ? [] : [`${finals} final records`]),
      ...(outcomes.size === 1 ? [] : [`${outcomes.size} different answers`]),
      ...(orphans.length === 0 ? [] : [`${orphans.length} pages of losers`]),
      ...(head?.['page_refs'] === undefined ? [] : ['a lost update of page_refs']),
      ...(links.length === faceCount && from.size === 1 && head?.['detect_id']?.S === `answer${[...from][0]}`
        ? []
        : ['faces of more than one response']),
      ...together.map(([name, arns]) => `${arns.size} executions named ${name} asked`),
      ...(type === 'EXPRESS' && handedOver === 0 ? ['no leg handed over'] : []),
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
