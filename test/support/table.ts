/** The table in memory, for tests of one file: real conditions and indexes, with faults put in between. */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';

import { fromItem } from '../../functions/records/item.ts';
import { key } from '../../functions/records/table.ts';
import { createTable, tableName } from '../../local/table.ts';
import { type InProcessOptions, openInProcess } from '../../local/testing/in-process.ts';

type Operation = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query' | 'Scan';

/**
 * `lost-ack`: carried out, then the connection breaks, so that the SDK sends it again.
 * `throttled`: refused once, so that the SDK sends it again.
 * `dead-before` and `dead-after`: this process is no more, just before or just after it was carried out.
 */
export type Fault = 'lost-ack' | 'throttled' | 'dead-before' | 'dead-after';

/** What a call meets that its process does not live to see answered. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

interface Plan {
  operation: Operation | 'any';
  /** Calls of the kind that go by first. */
  skip: number;
  /** Sendings of the call that meet it. */
  times: number;
  what: Fault | (() => Promise<unknown>);
}

/** An item without its key. */
type Raw = Record<string, unknown>;

export interface TestTable {
  client: DynamoDBClient;
  /** The next call of this kind, or a later one, meets a fault; so many times where the SDK sends it again. */
  fail(operation: Operation | 'any', fault: Fault, options?: { skip?: number; times?: number }): void;
  /** Something happens just before the next call of this kind, or a later one, is carried out. */
  before(operation: Operation, act: () => Promise<unknown>, options?: { skip?: number }): void;
  /** How often each operation was called since `reset`; what the SDK sends again is one call. */
  calls(): Partial<Record<Operation, number>>;
  /** Forgets calls, and faults that no call met. */
  reset(): void;
  /** Everything in the table by key, but without it; or everything under one task, pages included. */
  items(): Promise<Map<string, Raw>>;
  stored(detectTaskId: string): Promise<Map<string, Raw>>;
  /** Deletes one item, as time to live does. */
  drop(itemKey: string): Promise<void>;
  /** Deletes every item, and forgets what was counted and planned. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const connectionReset = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const throttled = (): Error =>
  Object.assign(new Error('Too many requests.'), {
    name: 'ThrottlingException',
    $fault: 'client',
    $metadata: {},
  });

export async function openTable(options?: InProcessOptions): Promise<TestTable> {
  const { client, close } = openInProcess(options);
  await createTable(client);

  let calls: Partial<Record<Operation, number>> = {};
  let plans: Plan[] = [];

  /** What is planned for this call, and no longer planned for a later one. */
  function take(operation: Operation): Plan | undefined {
    for (const plan of plans) {
      if (plan.operation !== 'any' && plan.operation !== operation) continue;
      if (plan.skip-- > 0) continue;
      plans = plans.filter((other) => other !== plan);
      return plan;
    }
    return undefined;
  }

  client.middlewareStack.add(
    (next, context) => (args) => {
      const operation = String(context['commandName']).replace(/Command$/, '') as Operation;
      calls[operation] = (calls[operation] ?? 0) + 1;
      context['plan'] = take(operation);
      return next(args);
    },
    { step: 'initialize', name: 'countCalls' },
  );
  // Inside the SDK's retries, so that each of them goes out for itself.
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const plan = context['plan'] as Plan | undefined;
      const what = plan !== undefined && plan.times-- > 0 ? plan.what : undefined;
      if (what === 'throttled') throw throttled();
      if (what === 'dead-before') throw new ProcessDied('before the call was carried out');
      if (typeof what === 'function') await what();
      const answer = await next(args);
      if (what === 'lost-ack') throw connectionReset();
      if (what === 'dead-after') throw new ProcessDied('after the call was carried out');
      return answer;
    },
    { step: 'deserialize', name: 'injectFaults', priority: 'high' },
  );

  async function scan(filter: Partial<ScanCommandInput> = {}): Promise<Map<string, Raw>> {
    const found = new Map<string, Raw>();
    let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
    do {
      const answer = await client.send(
        new ScanCommand({ TableName: tableName, ...filter, ExclusiveStartKey }),
      );
      for (const item of answer.Items ?? []) {
        const { [key]: itemKey, ...rest } = fromItem<Raw>(item);
        found.set(String(itemKey), rest);
      }
      ExclusiveStartKey = answer.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return found;
  }

  function reset(): void {
    calls = {};
    plans = [];
  }

  async function drop(itemKey: string): Promise<void> {
    await client.send(new DeleteItemCommand({ TableName: tableName, Key: { [key]: { S: itemKey } } }));
  }

  return {
    client,
    fail(operation, fault, { skip = 0, times = 1 } = {}) {
      plans.push({ operation, skip, times, what: fault });
    },
    before(operation, act, { skip = 0 } = {}) {
      plans.push({ operation, skip, times: 1, what: act });
    },
    calls: () => ({ ...calls }),
    reset,
    items: () => scan(),
    stored: (detectTaskId) =>
      scan({
        FilterExpression: `${key} = :head OR begins_with(${key}, :pages)`,
        ExpressionAttributeValues: { ':head': { S: detectTaskId }, ':pages': { S: `${detectTaskId}#` } },
      }),
    drop,
    async clear() {
      for (const itemKey of (await scan()).keys()) await drop(itemKey);
      reset();
    },
    close,
  };
}
