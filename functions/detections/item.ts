import type { AttributeValue } from '@aws-sdk/client-dynamodb';
/** The record as it is stored: the public attributes and the mechanics behind them. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

import type { Detection, Face } from '../detection.ts';
import { expiry } from './table.ts';

/** One task's head item. Faces stand in it while they are small; else in pages that `faces_ref` names. */
export interface Head extends Detection {
  status_shard: string;
  due_at?: string;
  due_shard?: string;
  faces_ref?: string;
  face_pages?: number;
  /** Every set of pages begun under this task and not (yet) the record's own: so that none is ever lost. */
  page_refs?: Set<string>;
}

/** What stands where a record was forgotten: enough to refuse a late visit, and no content. */
export interface Tombstone {
  detect_task_id: string;
  attempt: number;
  forgotten_at: string;
  expires_at: number;
  page_refs?: Set<string>;
}

export type Found =
  | { kind: 'absent' }
  | { kind: 'forgotten'; tombstone: Tombstone }
  | { kind: 'head'; head: Head };

type Item = Record<string, AttributeValue>;

export const toItem = (value: object): Item => marshall(value, { removeUndefinedValues: true });
export const toAttribute = (value: unknown): AttributeValue => toItem({ value })['value'] ?? { NULL: true };

// DynamoDB keeps 38 digits; everything of ours is a JavaScript number.
// eslint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what it stored
export const fromItem = <T>(item: Item): T => unmarshall(item, { wrapNumbers: Number }) as T;

/** Time to live deletes up to days late: what is past is absent for every reader. */
export function found(item: Item | undefined, nowMs: number): Found {
  if (item === undefined || Number(item[expiry]?.N) * 1_000 <= nowMs) return { kind: 'absent' };
  if ('forgotten_at' in item) return { kind: 'forgotten', tombstone: fromItem<Tombstone>(item) };
  return { kind: 'head', head: fromItem<Head>(item) };
}

/** The public attributes alone, with the faces joined. */
export function toDetection(head: Head, faces: Face[] | undefined): Detection {
  const {
    status_shard: _s,
    due_at: _a,
    due_shard: _d,
    faces_ref: _r,
    face_pages: _p,
    page_refs: _q,
    ...detection
  } = head;
  return faces === undefined ? detection : { ...detection, faces };
}
