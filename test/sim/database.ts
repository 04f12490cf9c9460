/** The table as it is at AWS: near or far, refusing, silent about what it has done; every committed write is seen. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { fromItem } from '../../functions/records/item.ts';
import { key } from '../../functions/records/table.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Actors } from './actors.ts';
import type { FaultAt, Faults } from './faults.ts';
import type { Item } from './history.ts';

interface Deps {
  clock: VirtualClock;
  faults: Faults;
  actors: Actors;
  isFar: boolean;
  onItem: (itemKey: string, item: Item | undefined) => void;
}

interface Call {
  task: string;
  itemKey: string | undefined;
  fault: FaultAt<'database'> | undefined;
  /** Sendings that still meet it: the SDK sends three times. */
  times: number;
  release: () => void;
}

const failure = (name: string, message: string, fields: object): Error =>
  Object.assign(new Error(message), { name, $metadata: {}, ...fields });
const throttled = () =>
  failure('ProvisionedThroughputExceededException', 'throughput', {
    $fault: 'client',
    $retryable: { throttling: true },
  });
const internal = () =>
  failure('InternalServerError', 'internal', { $fault: 'server', $metadata: { httpStatusCode: 500 } });
const reset = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const timedOut = () => Object.assign(new Error('timed out'), { name: 'TimeoutError' });

/** The time-out of our own clients. */
const requestTimeoutMs = 5_000;

export function disturb(client: DynamoDBClient, deps: Deps): void {
  const { clock, faults, actors } = deps;

  /** Holds time still until it is released. */
  function take(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    void clock.hold(promise);
    return resolve;
  }

  function latencyMs(task: string): number {
    if (!deps.isFar) return 3;
    const chance = faults.chance(task, 'distance');
    return chance < 0.9 ? 1 + 10 * chance : 10 + (chance - 0.9) * 6_000;
  }

  client.middlewareStack.add(
    (next, context) => async (args) => {
      const itemKey = keyOf(args.input);
      // What stands beside the records is written for the task at hand.
      const task = itemKey?.split('#')[0] || (actors.current()?.task ?? '');
      const fault = faults.at('database', task);
      if (fault !== undefined) actors.current()?.faulty.add(task);
      // The workflow's own write asks for no values back.
      if (context['commandName'] === 'UpdateItemCommand')
        Object.assign(args.input, { ReturnValues: 'ALL_NEW', ...args.input });
      const isFirm = fault === 'stopped' || fault === 'unacknowledged';
      const times = isFirm || faults.chance(task, 'times') >= 0.6 ? 3 : 1;
      const call: Call = { task, itemKey, fault, times, release: take() };
      context['call'] = call;
      try {
        return await next(args);
      } finally {
        call.release();
      }
    },
    { step: 'initialize', name: 'stopTime', priority: 'high' },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const call = context['call'] as Call;
      const { task, itemKey } = call;
      const fault = call.times-- > 0 ? call.fault : undefined;
      call.release();
      await actors.arrive(task);
      await clock.sleep(latencyMs(task));
      const isLost = fault === 'timed-out' && faults.chance(task, 'lost') < 0.5;
      try {
        if (fault === 'throttled') throw throttled();
        if (fault === 'internal-error') throw internal();
        if (isLost) throw timedOut();
        if (fault === 'stopped') throw reset();
        call.release = take();
        const answer = await next(args);
        if (itemKey !== undefined && !itemKey.startsWith('#'))
          seen(
            itemKey,
            String(context['commandName']),
            (args.input as { Item?: Item }).Item,
            answer.output as object,
          );
        if (fault === 'lost-ack' || fault === 'unacknowledged') throw reset();
        if (fault === 'timed-out') throw timedOut();
        return answer;
      } finally {
        call.release();
        if (fault === 'timed-out') await clock.sleep(requestTimeoutMs);
        await clock.sleep(latencyMs(task));
        await actors.leave(task);
        call.release = take();
      }
    },
    { step: 'deserialize', name: 'disturb', priority: 'high' },
  );

  function seen(itemKey: string, command: string, put: Item | undefined, output: object): void {
    if (command === 'DeleteItemCommand') deps.onItem(itemKey, undefined);
    else if (command === 'PutItemCommand') deps.onItem(itemKey, fromItem<Item>(put as never));
    else if (command === 'UpdateItemCommand')
      deps.onItem(itemKey, fromItem<Item>((output as { Attributes: never }).Attributes));
  }
}

function keyOf(input: object): string | undefined {
  const { Key, Item: put } = input as Record<'Key' | 'Item', Record<string, { S: string }> | undefined>;
  return (Key ?? put)?.[key]?.S;
}
