/** How an attempt at a task begins: with a new record, or with one that is reopened. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';

import type { Delivery } from '../detection/types.ts';
import { type Pages, refsOf } from './faces.ts';
import { attemptOf, dueAt, expiresAt, type LeaseHolder, type RecordsDeps } from './head.ts';
import { fromItem, type Head, toItem } from './item.ts';
import { unlessConflict, type Update } from './update.ts';

export function createAttempt(deps: RecordsDeps, { update, pages }: { update: Update; pages: Pages }) {
  const { client, tableName: TableName, defaults, now } = deps;

  return {
    /** Puts a new record where there is none; over a tombstone only for an explicit start. */
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
            ? { ...attempt, ...superseded, expires_at: expiresAt(now(), defaults) }
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
