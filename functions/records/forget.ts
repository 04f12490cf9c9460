/** Replaces a record by a tombstone without content, so that a late invocation cannot create it again. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';

import { iso } from '../clock.ts';
import type { DetectTaskId } from '../detection/input.ts';
import { type Pages, refsOf } from './faces.ts';
import { dueOf, expiresAt, type RecordsDeps } from './head.ts';
import { type Found, type Head, type Tombstone, toItem } from './item.ts';
import { unlessConflict } from './update.ts';

export function createForget(
  { client, tableName: TableName, now, defaults }: RecordsDeps,
  { read, pages }: { read: (detectTaskId: DetectTaskId) => Promise<Found>; pages: Pages },
) {
  /** The tombstone names the pages until they are deleted, so that a forgetting cut short can be finished. */
  async function put(tombstone: Tombstone, seen: Pick<Head, 'page_refs' | 'faces_ref'>): Promise<boolean> {
    const { page_refs, faces_ref } = seen;
    // An invocation may begin or end writing pages meanwhile: what names them must not be overwritten unread.
    const conditions = [
      page_refs === undefined ? 'attribute_not_exists(page_refs)' : 'page_refs = :page_refs',
      faces_ref === undefined ? 'attribute_not_exists(faces_ref)' : 'faces_ref = :faces_ref',
    ];
    const values = toItem({ ':page_refs': page_refs, ':faces_ref': faces_ref });
    const command = new PutItemCommand({
      TableName,
      Item: toItem(tombstone),
      ConditionExpression: conditions.join(' AND '),
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    });
    return (await unlessConflict(client.send(command))) !== 'conflict';
  }

  /** The record that was there, or nothing. Repeating it is harmless. */
  async function forget(detectTaskId: DetectTaskId): Promise<Head | undefined> {
    let forgotten: Head | undefined;
    for (let tries = 0; tries < 10; tries++) {
      const current = await read(detectTaskId);
      if (current.kind === 'absent') return forgotten;
      // A tombstone: our own, whose acknowledgement was lost, or one of a forgetting cut short.
      const isMarked = current.kind === 'forgotten';
      const record = isMarked ? current.tombstone : current.head;
      if (current.kind === 'head') forgotten = current.head;
      const refs = new Set(refsOf(record));
      if (isMarked && refs.size === 0 && record.due_at === undefined) return forgotten;
      const tombstone: Tombstone = {
        detect_task_id: detectTaskId,
        attempt: record.attempt,
        forgotten_at: isMarked ? current.tombstone.forgotten_at : iso(now()),
        expires_at: expiresAt(now(), defaults),
      };
      const marked =
        refs.size > 0
          ? { ...tombstone, page_refs: refs, ...dueOf(detectTaskId, now(), defaults.shards) }
          : tombstone;
      if (!(await put(marked, record))) continue;
      if (refs.size > 0) {
        await pages.delete(detectTaskId, refs);
        await put(tombstone, marked);
      }
      return forgotten;
    }
    throw new Error(`${detectTaskId}: is written too often at the moment to be forgotten; try again`);
  }

  return { forget };
}
