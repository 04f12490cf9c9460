/** Replaces a record by a tombstone without content, so that a late invocation cannot create it again. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';

import { iso } from '../clock.ts';
import type { DetectTaskId } from '../detection/input.ts';
import { ifSameRefs, type Pages, refsOf } from './faces.ts';
import { dueOf, expiresAt, isDueAt, type RecordsDeps } from './head.ts';
import { type Found, type Head, type Tombstone, toItem } from './item.ts';
import { unlessConflict } from './update.ts';

interface ForgetDeps {
  /** Expired or not: an expired record is stored until time to live deletes it, days later. */
  readStored: (detectTaskId: DetectTaskId) => Promise<Found>;
  pages: Pages;
}

export function createForget(
  { client, tableName: TableName, now, defaults, deletePictures }: RecordsDeps,
  { readStored, pages }: ForgetDeps,
) {
  /** An invocation may begin or end writing pages meanwhile: what names them must not be overwritten unread. */
  async function put(tombstone: Tombstone, seen: Head | Tombstone): Promise<boolean> {
    const { condition, values } = ifSameRefs(seen);
    const command = new PutItemCommand({
      TableName,
      Item: toItem(tombstone),
      ConditionExpression: `attempt = :attempt AND ${condition}`,
      ExpressionAttributeValues: toItem({ ...values, ':attempt': seen.attempt }),
    });
    return (await unlessConflict(client.send(command))) !== 'conflict';
  }

  /**
   * The tombstone names the pages, and is due, for as long as an invocation may still write one, or a picture, behind it:
   * so the sweep deletes them once more. That also finishes a forgetting cut short.
   */
  function tombstoneOf(record: Head, refs: Set<string>): Tombstone {
    const { detect_task_id, attempt } = record;
    return {
      detect_task_id,
      attempt,
      forgotten_at: iso(now()),
      // Not before the record would have: by a clock that is behind it would be gone at once.
      expires_at: Math.max(expiresAt(now(), defaults), record.expires_at),
      ...(refs.size > 0 && { orphan_refs: refs }),
      ...((refs.size > 0 || deletePictures !== undefined) && dueOf(detect_task_id, now(), defaults.shards)),
    };
  }

  /** False where the tombstone has changed meanwhile. */
  async function finish(tombstone: Tombstone): Promise<boolean> {
    const { orphan_refs, due_at, due_shard: _, ...plain } = tombstone;
    await pages.delete(tombstone.detect_task_id, orphan_refs ?? []);
    if (due_at !== undefined) await deletePictures?.(tombstone.detect_task_id, tombstone.attempt);
    return !isDueAt(due_at, now()) || put(plain, tombstone);
  }

  return {
    /**
     * The record that was there, or nothing. Repeating it is harmless. `'archived'`: it stays, because its pictures are out
     * of reach since the archive was switched off, and nothing but the record tells of them.
     */
    async forget(detectTaskId: DetectTaskId): Promise<Head | undefined | 'archived'> {
      let forgotten: Head | undefined;
      for (let tries = 0; tries < 10; tries++) {
        const current = await readStored(detectTaskId);
        if (current.kind === 'absent') return forgotten;
        if (current.kind === 'forgotten') {
          // Our own, whose acknowledgement was lost, or an earlier one.
          if (await finish(current.tombstone)) return forgotten;
          continue;
        }
        if (current.head.archive !== undefined && deletePictures === undefined) return 'archived';
        forgotten = current.head;
        const refs = refsOf(forgotten);
        if (!(await put(tombstoneOf(forgotten, refs), forgotten))) continue;
        await pages.delete(detectTaskId, refs);
        await deletePictures?.(detectTaskId, forgotten.attempt);
        return forgotten;
      }
      throw new Error(`${detectTaskId}: is written too often at the moment to be forgotten; try again`);
    },
  };
}
