/** How an attempt at a task begins: with a new record, or with one that is reopened. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';

import type { DetectTaskId } from '../detection/input.ts';
import type { Delivery } from '../detection/types.ts';
import { picturesRef } from './archive.ts';
import { ifSameRefs, type Pages, refsOf } from './faces.ts';
import { attemptOf, createdAt, dueAt, type LeaseHolder, openUntil, type RecordsDeps } from './head.ts';
import { type Found, type Head, type Tombstone, toItem } from './item.ts';
import { expiry, key } from './table.ts';
import { unlessConflict, type Update } from './update.ts';

interface AttemptDeps {
  readStored: (detectTaskId: DetectTaskId) => Promise<Found>;
  update: Update;
  pages: Pages;
  noteShards: () => Promise<void>;
}

export function createAttempt(deps: RecordsDeps, { readStored, update, pages, noteShards }: AttemptDeps) {
  const { client, tableName: TableName, defaults, now, deletePictures } = deps;

  async function put(
    head: Head,
    { condition, values }: { condition: string; values: Record<string, unknown> },
  ): Promise<boolean> {
    await noteShards();
    const command = new PutItemCommand({
      TableName,
      Item: toItem(head),
      ConditionExpression: condition,
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: toItem(values) }),
    });
    return (await unlessConflict(client.send(command))) !== 'conflict';
  }

  /** The old pages and pictures are deleted first, and stay named: an invocation that is still writing them may be alive. */
  async function replace(head: Head, old: Head | Tombstone): Promise<boolean> {
    const refs = refsOf(old);
    if ('forgotten_at' in old && old.due_at !== undefined) refs.add(picturesRef(old.attempt));
    await pages.delete(head.detect_task_id, refs);
    await deletePictures?.(head.detect_task_id, old.attempt);
    const ifSame = ifSameRefs(old);
    return put(
      { ...head, ...(refs.size > 0 && { orphan_refs: refs }) },
      {
        condition: `${expiry} = :expiry AND attempt = :attempt AND ${ifSame.condition}`,
        values: { ...ifSame.values, ':expiry': old.expires_at, ':attempt': old.attempt },
      },
    );
  }

  return {
    /** Puts a new record where there is none; over a tombstone only for an explicit start. */
    async create(head: Head, options: { mayReplaceTombstone: boolean }): Promise<Head | 'conflict'> {
      if (await put(head, { condition: `attribute_not_exists(${key})`, values: {} })) return head;
      const old = await readStored(head.detect_task_id);
      if (old.kind === 'absent') return 'conflict';
      const item = old.kind === 'head' ? old.head : old.tombstone;
      const hasExpired = item.expires_at * 1_000 <= now();
      if (!hasExpired && (old.kind === 'head' || !options.mayReplaceTombstone)) return 'conflict';
      return (await replace(head, item)) ? head : 'conflict';
    },

    /** An attempt whose times come from a clock that was wrong begins now. What the caller gave is kept. */
    beginNow(seen: Head, execution_arn: string): Promise<Head | 'conflict'> {
      const { detect_task_id, deadline_seconds, updated_at } = seen;
      const holder = { attempt: seen.attempt, execution_name: seen.execution_name, execution_arn };
      const isFirst = seen.created_at === updated_at;
      return update(detect_task_id, {
        set: {
          ...attemptOf(detect_task_id, holder, deadline_seconds, defaults.shards, now()),
          ...(isFirst && createdAt(seen, now())),
          // A clock that is behind sets the others right too: the record must not expire at once.
          expires_at: Math.max(openUntil(now(), deadline_seconds, defaults), seen.expires_at),
        },
        condition:
          '#status = :starting AND #attempt = :attempt AND #execution_name = :name AND #updated_at = :seen',
        values: { starting: 'starting', attempt: seen.attempt, name: seen.execution_name, seen: updated_at },
      });
    },

    /** The next attempt: at an abandoned record after an explicit retry, or under a new name where the old one is used up. */
    reopen(seen: Head, holder: LeaseHolder, deadline: 'new' | 'kept'): Promise<Head | 'conflict'> {
      const { detect_task_id, deadline_seconds, deadline_at } = seen;
      const attempt = attemptOf(detect_task_id, holder, deadline_seconds, defaults.shards, now());
      const kept = { deadline_at, due_at: dueAt(now(), deadline_at) };
      // A delivery that is still to come would report the attempt before.
      const superseded = seen.delivery?.state === 'pending' && { delivery: supersede(seen.delivery) };
      return update(detect_task_id, {
        set:
          deadline === 'new'
            ? {
                ...attempt,
                ...superseded,
                expires_at: Math.max(openUntil(now(), deadline_seconds, defaults), seen.expires_at),
              }
            : { ...attempt, ...kept },
        remove: ['error', 'final_at', 'segment'],
        condition: '#status = :seen_status AND #attempt = :seen_attempt AND #execution_name = :seen_name',
        values: { seen_status: seen.status, seen_attempt: seen.attempt, seen_name: seen.execution_name },
      });
    },
  };
}

function supersede(delivery: Delivery): Delivery {
  const { next_at: _, ...rest } = delivery;
  return { ...rest, state: 'superseded' };
}
