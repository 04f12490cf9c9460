/** What DynamoDB bills, counted from outside: whole items rounded up, and every index that a write touches. */
import {
  type AttributeValue,
  type DynamoDBClient,
  type GetItemCommandInput,
  type GetItemCommandOutput,
  type PutItemCommandInput,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';

import { projectedNames } from '../../functions/detection/fields.ts';
import { byStatus, due, key } from '../../functions/records/table.ts';

type Item = Record<string, AttributeValue>;

/** In request units of on-demand tables. */
export interface Capacity {
  reads: number;
  writes: number;
  /** Of the indexes alone. */
  indexWrites: number;
}

const indexes = [
  { ...byStatus, projected: projectedNames },
  { ...due, projected: [] },
] as const;

/** Of writes that answer with the whole item, as all of ours do, and of reads by key. */
export function meterCapacity(
  client: DynamoDBClient,
  /** Of each partition key of the indexes, all tasks together. */
  keyWrites = new Map<string, number>(),
): (detectTaskId: string) => Capacity {
  const used = new Map<string, Capacity>();
  const stored = new Map<string, Item>();

  function of(itemKey: string): Capacity {
    const id = itemKey.split('#')[0] as string;
    const known = used.get(id) ?? { reads: 0, writes: 0, indexWrites: 0 };
    used.set(id, known);
    return known;
  }

  function wrote(itemKey: string, item: Item): void {
    const old = stored.get(itemKey);
    stored.set(itemKey, item);
    const capacity = of(itemKey);
    // A reservation of a slot answers with less than the item.
    capacity.writes += Math.max(Math.ceil(Math.max(bytesOf(item), bytesOf(old ?? {})) / 1_024), 1);
    for (const index of indexes)
      for (const written of indexWrites(index, old, item)) {
        capacity.indexWrites += 1;
        keyWrites.set(written, (keyWrites.get(written) ?? 0) + 1);
      }
  }

  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { Key, Item, ConsistentRead } = args.input as Partial<PutItemCommandInput & GetItemCommandInput>;
      const itemKey = (Key ?? Item)?.[key]?.S;
      const command = context['commandName'];
      try {
        const answer = await next(args);
        if (itemKey === undefined) return answer;
        if (command === 'PutItemCommand') wrote(itemKey, Item as Item);
        if (command === 'UpdateItemCommand')
          wrote(itemKey, (answer.output as UpdateItemCommandOutput).Attributes ?? {});
        if (command === 'GetItemCommand')
          of(itemKey).reads +=
            Math.max(1, Math.ceil(bytesOf((answer.output as GetItemCommandOutput).Item ?? {}) / 4_096)) *
            (ConsistentRead === true ? 1 : 0.5);
        return answer;
      } catch (error) {
        // A lost condition costs what the write would have.
        if (itemKey !== undefined && command !== 'GetItemCommand')
          of(itemKey).writes += Math.max(1, Math.ceil(bytesOf(stored.get(itemKey) ?? {}) / 1_024));
        throw error;
      }
    },
    { step: 'initialize', name: 'meterCapacity' },
  );
  return (detectTaskId) => of(detectTaskId);
}

/**
 * An entry that moves is deleted and put; one that stays is written where what it shows has changed. Each is a write of
 * its partition key.
 */
function indexWrites(index: (typeof indexes)[number], old: Item | undefined, item: Item): string[] {
  const keyOf = (of: Item | undefined): string | undefined => {
    const value = of?.[index.partitionKey];
    return value === undefined || of?.[index.sortKey] === undefined
      ? undefined
      : `${index.indexName} ${value.S ?? value.N}`;
  };
  const entry = (of: Item | undefined): string => JSON.stringify([keyOf(of), of?.[index.sortKey]]);
  const shown = (of: Item | undefined): string => JSON.stringify(index.projected.map((name) => of?.[name]));
  const touched =
    entry(old) !== entry(item) ? [keyOf(old), keyOf(item)] : shown(old) !== shown(item) ? [keyOf(item)] : [];
  return touched.filter((each) => each !== undefined);
}

const bytesOf = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + name.length + valueBytes(value), 0);

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + bytesOf(value.M);
  if (value.L !== undefined) return 3 + value.L.reduce((sum, entry) => sum + 1 + valueBytes(entry), 0);
  return value.SS?.reduce((sum, text) => sum + Buffer.byteLength(text), 0) ?? 1;
}
