/** The record as it is stored: the public attributes and the mechanics behind them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

import type { Stored } from '../detection/fields.ts';
import type { DetectTaskId } from '../detection/input.ts';
import { expiry } from './table.ts';

/** One task's head item. Faces stand in it while they are small; else in pages that `faces_ref` names. */
export type Head = Stored;

/** What is left of a forgotten record: enough to reject a late invocation, and no content. */
export interface Tombstone {
  detect_task_id: DetectTaskId;
  attempt: number;
  forgotten_at: string;
  expires_at: number;
  /** These three only until no invocation can be writing pages or pictures any more. */
  orphan_refs?: Set<string>;
  due_at?: string;
  due_shard?: number;
}

export type Found =
  /** With what is still stored of a record that has expired. */
  | { kind: 'absent'; expired?: Head }
  | { kind: 'forgotten'; tombstone: Tombstone }
  | { kind: 'head'; head: Head };

type Item = Record<string, AttributeValue>;

// Numbers beyond 2^53 are as exact in DynamoDB's 38 digits as they were in JavaScript.
const marshalling = { removeUndefinedValues: true, allowImpreciseNumbers: true };
export const toItem = (value: object): Item => marshall(value, marshalling);
export const toAttribute = (value: unknown): AttributeValue => toItem({ value })['value'] ?? { NULL: true };

// DynamoDB keeps 38 digits; all our values are JavaScript numbers.
// eslint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what it stored
export const fromItem = <T>(item: Item): T => unmarshall(item, { wrapNumbers: Number }) as T;

/** Time to live deletes up to days late: an expired item counts as absent. */
export function found(item: Item | undefined, nowMs: number): Found {
  const known = stored(item);
  if (item === undefined || Number(item[expiry]?.N) * 1_000 > nowMs) return known;
  return known.kind === 'head' ? { kind: 'absent', expired: known.head } : { kind: 'absent' };
}

/** What stands in the table, expired or not. */
export function stored(item: Item | undefined): Found {
  if (item === undefined) return { kind: 'absent' };
  if ('forgotten_at' in item) return { kind: 'forgotten', tombstone: fromItem<Tombstone>(item) };
  return { kind: 'head', head: fromItem<Head>(item) };
}
