import type { AttributeValue } from '@aws-sdk/client-dynamodb';
/** The record as it is stored: the public attributes and the mechanics behind them. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

import type { DetectTaskId } from '../detection/input.ts';
import type { Detection, Face } from '../detection/types.ts';
import { expiry } from './table.ts';

/** One task's head item. Faces stand in it while they are small; else in pages that `faces_ref` names. */
export interface Head extends Detection {
  status_shard: string;
  due_at?: string;
  due_shard?: number;
  faces_ref?: string;
  face_pages?: number;
  /** Every set of pages begun under this task and not (yet) the record's own: so that none is ever lost. */
  page_refs?: Set<string>;
}

/** What stands where a record was forgotten: enough to refuse a late invocation, and no content. */
export interface Tombstone {
  detect_task_id: DetectTaskId;
  attempt: number;
  forgotten_at: string;
  expires_at: number;
  /** These three only until the pages are deleted. */
  page_refs?: Set<string>;
  due_at?: string;
  due_shard?: number;
}

export type Found =
  | { kind: 'absent' }
  | { kind: 'forgotten'; tombstone: Tombstone }
  | { kind: 'head'; head: Head };

type Item = Record<string, AttributeValue>;

// Numbers beyond 2^53 are as exact in DynamoDB's 38 digits as they were in JavaScript.
const marshalling = { removeUndefinedValues: true, allowImpreciseNumbers: true };
export const toItem = (value: object): Item => marshall(value, marshalling);
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

/** What readers see, in the order in which they see it; the rest of a head is mechanics. */
const publicAttributes = [
  'detect_task_id',
  'status',
  'detect_id',
  'face_count',
  'error',
  'attempt',
  'polls',
  'invocations',
  'transitions',
  'lambda_ms',
  'executions',
  'workflow_ms',
  'memory_mb',
  'created_at',
  'updated_at',
  'final_at',
  'deadline_seconds',
  'deadline_at',
  'usable_until',
  'usable_until_assumed',
  'submitted_at',
  'media_url',
  'callback_url',
  'metadata',
  'provider_started_at',
  'provider_finished_at',
  'execution_name',
  'execution_arn',
  'delivery',
  'expires_at',
] as const satisfies readonly (keyof Detection)[];

/** The public attributes alone, with the faces joined. */
export function toDetection(head: Head, faces: Face[] | undefined): Detection {
  const present = publicAttributes.filter((name) => head[name] !== undefined);
  const detection = Object.fromEntries(present.map((name) => [name, head[name]])) as unknown as Detection;
  return faces === undefined ? detection : { ...detection, faces };
}
