/** Removes what a record holds, and leaves a mark without content, so that a late visit cannot bring it back. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';

import { expiresAt, iso } from './head.ts';
import { type Head, type Tombstone, toItem } from './item.ts';
import { createPages } from './pages.ts';
import { refsOf, type Store, type StoreDeps } from './store.ts';
import { unlessLost } from './update.ts';

export function createForget(deps: StoreDeps & { store: Store }) {
  const { client, tableName: TableName, store, now, defaults } = deps;
  const pages = createPages(deps);

  /** The mark names the pages until they are gone, so that a forgetting cut short can be taken up again. */
  async function put(tombstone: Tombstone, seen: Set<string> | undefined): Promise<'lost' | 'put'> {
    const answer = await unlessLost(
      client.send(
        new PutItemCommand({
          TableName,
          Item: toItem(tombstone),
          // A visit that notes new pages meanwhile must be seen before the note is overwritten.
          ConditionExpression: seen === undefined ? 'attribute_not_exists(page_refs)' : 'page_refs = :seen',
          ...(seen !== undefined && { ExpressionAttributeValues: toItem({ ':seen': seen }) }),
        }),
      ),
    );
    return answer === 'lost' ? 'lost' : 'put';
  }

  /** The record that was there, or nothing. Repeating it is harmless. */
  return async function forget(detectTaskId: string): Promise<Head | undefined> {
    for (let tries = 0; tries < 10; tries++) {
      const current = await store.read(detectTaskId);
      if (current.kind === 'absent') return undefined;
      const record = current.kind === 'head' ? current.head : current.tombstone;
      const refs = new Set(refsOf(record));
      if (current.kind === 'forgotten' && refs.size === 0) return undefined;
      const tombstone: Tombstone = {
        detect_task_id: detectTaskId,
        attempt: record.attempt,
        forgotten_at: current.kind === 'head' ? iso(now()) : current.tombstone.forgotten_at,
        expires_at: expiresAt(now(), defaults),
      };
      const noted = refs.size > 0 ? { ...tombstone, page_refs: refs } : tombstone;
      if ((await put(noted, record.page_refs)) === 'lost') continue;
      if (refs.size > 0) {
        await pages.delete(detectTaskId, refs);
        await put(tombstone, refs);
      }
      return current.kind === 'head' ? current.head : undefined;
    }
    throw new Error(`${detectTaskId}: is being written too busily to be forgotten; try again`);
  };
}
