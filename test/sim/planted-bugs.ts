/** Bugs of the kind that a hasty change brings, each beside the promise that it breaks first. */
import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';

import { judge, storyOf } from './cells.ts';
import type { Finding } from './check.ts';
import { kinds } from './faults.ts';
import { type Parts, realParts } from './parts.ts';
import { canary } from './provider.ts';

const maxWorlds = 8;
const tasksOfAWorld = 40;
/** Most of it is over by then, but for webhooks that fail for days. */
const dayMs = 86_400_000;

interface PlantedBug {
  name: string;
  parts: Partial<Parts>;
  /** Part of what is found: the promise and a sentence. */
  caughtBy: string;
}

/** Changes what an update or a deletion says, before it is sent. */
const writing =
  (command: string, change: (input: UpdateItemCommandInput) => void): Parts['dynamodb'] =>
  (client) =>
    client.middlewareStack.add(
      (next, context) => (args) => {
        if (context['commandName'] === command) change(args.input as UpdateItemCommandInput);
        return next(args);
      },
      // Before whoever keeps the history looks at the input.
      { step: 'initialize', name: `plant${command}`, priority: 'high' },
    );

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'an answer is written whatever stands there',
    parts: {
      dynamodb: writing('UpdateItemCommand', (input) => {
        const { ':new_status': status } = input.ExpressionAttributeValues ?? {};
        if (status?.S === 'succeeded') input.ConditionExpression += ' OR attribute_exists(#status)';
      }),
      store: (store) => ({
        ...store,
        // The first visit of each task does not see what another one has written meanwhile.
        read: async (id) => {
          const found = await store.read(id);
          const isLate =
            found.kind === 'head' && found.head.status === 'succeeded' && found.head.due_at !== undefined;
          return isLate ? { ...found, head: { ...found.head, status: 'processing' } } : found;
        },
      }),
    },
    caughtBy: 'one answer: succeeded, then written again as succeeded',
  },
  {
    name: 'a face is lost',
    parts: {
      store: (store) => ({
        ...store,
        settle: (head, answer, accounting) =>
          store.settle(
            head,
            answer.status === 'succeeded' ? { ...answer, faces: answer.faces.slice(1) } : answer,
            accounting,
          ),
      }),
    },
    caughtBy: 'with what no single response said',
  },
  {
    name: 'faces come in another order',
    parts: {
      store: (store) => ({
        ...store,
        settle: (head, answer, accounting) =>
          store.settle(
            head,
            answer.status === 'succeeded' ? { ...answer, faces: answer.faces.toReversed() } : answer,
            accounting,
          ),
      }),
    },
    caughtBy: 'with what no single response said',
  },
  {
    name: 'an outage is taken for the answer',
    parts: {
      store: (store) => ({
        ...store,
        abandon: (head, _, accounting) =>
          store.settle(
            head,
            { status: 'failed', error: { code: 'DETECTION_FAILED', message: '', retryable: false } },
            accounting,
          ),
      }),
    },
    caughtBy: 'failed with DETECTION_FAILED, which nobody said',
  },
  {
    name: 'the deadline is taken for a minute later',
    parts: {
      store: (store) => ({
        ...store,
        read: async (id) => {
          const found = await store.read(id);
          if (found.kind !== 'head') return found;
          const deadline_at = new Date(Date.parse(found.head.deadline_at) + 60_000).toISOString();
          return { ...found, head: { ...found.head, deadline_at } };
        },
      }),
    },
    caughtBy: 'in time: ',
  },
  {
    name: 'the sweep ends nothing',
    parts: {
      overdue: (overdue) => ({ ...overdue, abandon: async () => 'lost' }),
      policy: (policy) => ({ ...policy, backoffBaseMs: 7_200_000, backoffMaxMs: 7_200_000 }),
    },
    caughtBy: 'past its deadline',
  },
  {
    name: 'a task is asked about twenty times a second',
    parts: { policy: (policy) => ({ ...policy, ageFraction: 0.001, minGapInVisitMs: 50, minPauseMs: 20 }) },
    caughtBy: 'too soon after pending',
  },
  {
    name: 'a hint is not heeded',
    parts: {
      crun: (crun) => ({
        async getResult(...call) {
          const exchange = await crun.getResult(...call);
          return exchange.kind === 'answered' ? { ...exchange, retryAfter: undefined } : exchange;
        },
      }),
    },
    caughtBy: 'too soon after throttled',
  },
  {
    name: 'a rival polls as if it were the owner',
    parts: {
      poll: (poll) => (event, endsAtMs) => {
        const { execution_name: name, execution_arn: arn, ...rest } = event as Record<string, string>;
        const rivalName = /rival-\d+/;
        return poll(
          {
            ...rest,
            execution_name: name?.replace(rivalName, '1'),
            execution_arn: arn?.replace(rivalName, '1'),
          },
          endsAtMs,
        );
      },
    },
    caughtBy: 'paced: ',
  },
  {
    name: 'events are dropped, and taken for told',
    parts: { put: () => async () => {} },
    caughtBy: 'was never published',
  },
  {
    name: 'each attempt at a webhook has another id',
    parts: {
      send: (send) => (push) =>
        send({
          ...push,
          headers: {
            ...push.headers,
            'webhook-id': `${push.headers['webhook-id']}_${push.headers['webhook-timestamp']}`,
          },
        }),
    },
    caughtBy: 'which it never was',
  },
  {
    name: 'the body of a webhook says when it was sent',
    parts: {
      send: (send) => (push) =>
        send({ ...push, body: push.body.replace('{', `{"sent":${push.headers['webhook-timestamp']},`) }),
    },
    caughtBy: 'with another body',
  },
  {
    name: 'a webhook counts as delivered before it is sent',
    parts: {
      deliveries: (deliveries) => ({
        ...deliveries,
        record: (seen, delivery, dueAtMs) =>
          deliveries.record(
            seen,
            delivery.attempts > 0 ? { ...delivery, state: 'delivered' } : delivery,
            delivery.attempts > 0 ? undefined : dueAtMs,
          ),
      }),
    },
    caughtBy: 'delivered, and nobody took it',
  },
  {
    name: 'the event has the links in it',
    parts: {
      put: (put) => (event) =>
        put({ ...event, detail: { ...event.detail, link: `https://cdn.crun.example/${canary}` } as never }),
    },
    caughtBy: 'silent: in event',
  },
  {
    name: 'the state has the faces in it',
    parts: {
      poll: (poll) => async (event, endsAtMs) => {
        const answer = await poll(event, endsAtMs);
        return answer.next === 'settled'
          ? { ...answer, output: { ...answer.output, faces: [canary] } as never }
          : answer;
      },
    },
    caughtBy: 'silent: in state',
  },
  {
    name: 'a late visit brings back what was forgotten',
    parts: {
      store: (store) => ({
        ...store,
        create: (head) => store.create(head, { mayReplaceTombstone: true }),
        read: async (id) => {
          const found = await store.read(id);
          return found.kind === 'forgotten' ? { kind: 'absent' } : found;
        },
      }),
    },
    caughtBy: 'begun anew after it was forgotten',
  },
  {
    name: 'pages that nobody needs are left',
    parts: {
      dynamodb: writing('DeleteItemCommand', (input) => {
        input.Key = { detect_task_id: { S: '#nothing' } };
      }),
    },
    caughtBy: 'a page that belongs to nobody is left',
  },
  {
    name: 'each poll is counted twice',
    parts: {
      store: (store) => ({
        ...store,
        settle: (head, answer, accounting) =>
          store.settle(head, answer, { ...accounting, polls: accounting.polls * 2 }),
      }),
    },
    caughtBy: ' polls, of which',
  },
  {
    name: 'a visit is not counted',
    parts: {
      store: (store) => ({
        ...store,
        settle: (head, answer, accounting) =>
          store.settle(head, answer, { ...accounting, visits: accounting.visits - 1 }),
      }),
    },
    caughtBy: ' visits, though',
  },
];

/** What the bug breaks in the first of a few worlds that shows it. */
export async function firstCatch({ parts, caughtBy }: PlantedBug): Promise<Finding | undefined> {
  const isIt = ({ promise, sentence }: Finding): boolean => `${promise}: ${sentence}`.includes(caughtBy);
  for (let seed = 1; seed <= maxWorlds; seed++) {
    const story = storyOf({ seed, tasks: tasksOfAWorld, type: 'STANDARD', enabled: [...kinds] }, 0);
    const { findings } = await judge(
      { ...story, rate: 0 },
      { parts: { ...realParts, ...parts }, isOver: isIt, endMs: dayMs },
    );
    const caught = findings.find(isIt);
    if (caught !== undefined) return caught;
  }
  return undefined;
}
