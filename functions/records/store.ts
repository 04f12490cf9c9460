/**
 * Who may write what, as single-item conditional writes: the first final answer wins, only the owner of an attempt
 * reports its progress or abandons it. A lost condition is an answer (`'lost'`): read back, because it may be our
 * own write whose acknowledgement was lost.
 */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import type { DetectionError } from '../detection/error-codes.ts';
import type { FinalStatus, OpenStatus } from '../detection/types.ts';
import { type Accounting, createComplete } from './complete.ts';
import { isHeldByMe, isOpen, heldByMe, open } from './conditions.ts';
import { createPages, refsOf } from './faces.ts';
import {
  attemptOf,
  dueAt,
  expiresAt,
  finalAttributes,
  iso,
  type LeaseHolder,
  type RecordDefaults,
  statusOf,
} from './head.ts';
import { type Found, found, fromItem, type Head, toItem } from './item.ts';
import { key } from './table.ts';
import { createUpdate, unlessConflict } from './update.ts';

export interface StoreDeps {
  client: DynamoDBClient;
  tableName: string;
  defaults: RecordDefaults;
  now: () => number;
}

export type Store = ReturnType<typeof createStore>;

export function createStore(deps: StoreDeps) {
  const { client, tableName: TableName, defaults, now } = deps;
  const pages = createPages(deps);
  const update = createUpdate(deps);

  async function read(detectTaskId: string): Promise<Found> {
    const Key = toItem({ [key]: detectTaskId });
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    return found(Item, now());
  }

  const finalOf = (detectTaskId: string, status: FinalStatus) =>
    finalAttributes(detectTaskId, status, defaults, now());
  const settle = createComplete({ read, update, pages, finalOf });

  return {
    settle,

    /** As it stands, read consistently; faces in pages are not joined. */
    read,
    defaults,

    /** Puts a new record where there is none; where a tombstone stands, only an explicit start may. */
    async create(head: Head, options: { mayReplaceTombstone: boolean }): Promise<Head | 'conflict'> {
      const isAbsent = 'attribute_not_exists(#detect_task_id) OR #expires_at <= :now';
      const ConditionExpression = options.mayReplaceTombstone
        ? `${isAbsent} OR attribute_exists(#forgotten_at)`
        : isAbsent;
      const names = [
        'detect_task_id',
        'expires_at',
        ...(options.mayReplaceTombstone ? ['forgotten_at'] : []),
      ];
      const command = new PutItemCommand({
        TableName,
        Item: toItem(head),
        ConditionExpression,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: toItem({ ':now': Math.floor(now() / 1_000) }),
        ReturnValues: 'ALL_OLD',
      });
      const answer = await unlessConflict(client.send(command));
      if (answer === 'conflict') return 'conflict';
      const old = fromItem<Partial<Head>>(answer.Attributes ?? {});
      await pages.delete(head.detect_task_id, refsOf(old));
      return head;
    },

    /** The owner's own news: a status that readers see, or a later time by which it must be heard of again. */
    progress(
      owner: LeaseHolder,
      detectTaskId: string,
      news: { status?: OpenStatus; nextPollMs?: number; deadlineAt: string } & Partial<Accounting>,
    ): Promise<Head | 'conflict'> {
      const { status, nextPollMs, deadlineAt, ...accounting } = news;
      return update(detectTaskId, {
        set: {
          ...(status !== undefined && statusOf(detectTaskId, status, defaults.shards)),
          ...accounting,
          // An index entry that moves costs two writes.
          ...(nextPollMs !== undefined && { due_at: dueAt(nextPollMs, deadlineAt) }),
          updated_at: iso(now()),
        },
        condition: isHeldByMe,
        values: heldByMe(owner),
      });
    },

    /** The execution that the record was waiting for is there: of several with its name, the first one. */
    begin(seen: Head, execution_arn: string): Promise<Head | 'conflict'> {
      return update(seen.detect_task_id, {
        set: { execution_arn },
        condition: isHeldByMe,
        values: heldByMe(seen),
      });
    },

    /** The owner names the execution that polls after it, and by when that must be heard of. */
    handOff(
      seen: Head,
      successor: Pick<LeaseHolder, 'execution_name' | 'execution_arn'>,
      news: { nextPollMs: number } & Accounting,
    ): Promise<Head | 'conflict'> {
      const { nextPollMs, ...accounting } = news;
      return update(seen.detect_task_id, {
        set: {
          ...accounting,
          ...successor,
          due_at: dueAt(nextPollMs, seen.deadline_at),
          updated_at: iso(now()),
        },
        condition: isHeldByMe,
        values: heldByMe(seen),
      });
    },

    /** Makes this execution the owner of a record whose owner was not heard of in time, as it was read. */
    takeOverExpiredLease(
      seen: Head,
      execution: Pick<LeaseHolder, 'execution_name' | 'execution_arn'>,
    ): Promise<Head | 'conflict'> {
      const { detect_task_id, due_at, execution_name, deadline_at } = seen;
      return update(detect_task_id, {
        set: { ...execution, due_at: dueAt(now(), deadline_at), updated_at: iso(now()) },
        condition: `${isOpen} AND #execution_name = :seen_name AND ${due_at === undefined ? 'attribute_not_exists(#due_at)' : '#due_at = :seen_due'}`,
        values: { ...open, seen_name: execution_name, ...(due_at !== undefined && { seen_due: due_at }) },
      });
    },

    /** The owner gives up. Final as well, but may be reopened by an explicit retry. */
    abandon(seen: Head, error: DetectionError, accounting: Accounting): Promise<Head | 'conflict'> {
      const { detect_task_id } = seen;
      return update(detect_task_id, {
        set: { ...finalOf(detect_task_id, 'abandoned'), ...accounting, error },
        condition: isHeldByMe,
        values: heldByMe(seen),
      });
    },

    /** A caller gives up, whoever owns the polling. The sweep tells of it: callers may not reach the event bus. */
    cancel(detectTaskId: string, error: DetectionError): Promise<Head | 'conflict'> {
      return update(detectTaskId, {
        set: { ...finalOf(detectTaskId, 'abandoned'), error, due_at: iso(now()) },
        condition: isOpen,
        values: open,
      });
    },

    /** A new attempt at a record as it was read: an abandoned one by an explicit retry, or one whose name is used up. */
    reopen(seen: Head, owner: LeaseHolder, deadline: 'new' | 'kept'): Promise<Head | 'conflict'> {
      const { detect_task_id, deadline_seconds, deadline_at } = seen;
      const attempt = attemptOf(detect_task_id, owner, deadline_seconds, defaults.shards, now());
      const kept = { deadline_at, due_at: dueAt(now(), deadline_at) };
      // What was not delivered yet is not true any more.
      const { next_at: _, ...delivery } = seen.delivery ?? {};
      const superseded = seen.delivery?.state === 'pending' && {
        delivery: { ...delivery, state: 'superseded' },
      };
      return update(detect_task_id, {
        set:
          deadline === 'new'
            ? { ...attempt, ...superseded, expires_at: expiresAt(now(), defaults) }
            : { ...attempt, ...kept },
        remove: ['error', 'final_at'],
        condition: '#status = :seen_status AND #attempt = :seen_attempt AND #execution_name = :seen_name',
        values: { seen_status: seen.status, seen_attempt: seen.attempt, seen_name: seen.execution_name },
      });
    },
  };
}
