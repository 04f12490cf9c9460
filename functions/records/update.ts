import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

import { fromItem, type Head, toAttribute, toItem } from './item.ts';
import { key } from './table.ts';

/** One conditional update of one item, by attribute name. */
export interface Change<Item = Head> {
  set?: Partial<Item>;
  remove?: readonly (keyof Item & string)[];
  /** Adds to a number or a string set, or deletes from a string set. */
  add?: Partial<Record<keyof Item, number | Set<string>>>;
  delete?: Partial<Record<keyof Item, Set<string>>>;
  /** Refers to attributes as `#name` and to the values beside it as `:name`. */
  condition: string;
  values?: Record<string, unknown>;
}

interface Expressions {
  UpdateExpression: string;
  ConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** Every name goes through a placeholder, because `status` and a dozen others are reserved words. */
function expressionsOf<Item>(change: Change<Item>): Expressions {
  const names = new Set<string>();
  const values: Record<string, AttributeValue> = {};
  const clause = (verb: string, entries: Record<string, unknown>, infix: string): string => {
    const parts = Object.entries(entries)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        names.add(name);
        values[`:new_${name}`] = toAttribute(value);
        return `#${name}${infix}:new_${name}`;
      });
    return parts.length === 0 ? '' : `${verb} ${parts.join(', ')}`;
  };
  for (const name of change.remove ?? []) names.add(name);
  const clauses = [
    clause('SET', change.set ?? {}, ' = '),
    change.remove?.length ? `REMOVE ${change.remove.map((name) => `#${name}`).join(', ')}` : '',
    clause('ADD', change.add ?? {}, ' '),
    clause('DELETE', change.delete ?? {}, ' '),
  ];
  for (const [, name] of change.condition.matchAll(/#(\w+)/g)) names.add(name as string);
  for (const [name, value] of Object.entries(change.values ?? {})) values[`:${name}`] = toAttribute(value);
  return {
    UpdateExpression: clauses.filter((text) => text !== '').join(' '),
    ConditionExpression: change.condition,
    ExpressionAttributeNames: Object.fromEntries([...names].map((name) => [`#${name}`, name])),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}

/** Runs a conditional write: a condition that does not hold is returned, not thrown. */
export async function unlessConflict<T>(write: Promise<T>): Promise<T | 'conflict'> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'conflict';
    throw error;
  }
}

export type Update = ReturnType<typeof createUpdate<Head>>;

/** Changes one item where its condition holds, and answers with what then stands there. */
export function createUpdate<Item extends object = Head>(
  { client, tableName }: { client: DynamoDBClient; tableName: string },
  before: () => Promise<void> = async () => {},
) {
  return async function update(itemKey: string, change: Change<Item>): Promise<Item | 'conflict'> {
    await before();
    const command = new UpdateItemCommand({
      TableName: tableName,
      Key: toItem({ [key]: itemKey }),
      ...expressionsOf(change),
      ReturnValues: 'ALL_NEW',
    });
    const answer = await unlessConflict(client.send(command));
    return answer === 'conflict' ? 'conflict' : fromItem<Item>(answer.Attributes ?? {});
  };
}
