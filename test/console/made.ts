/** Records in a data folder, written as the functions write them, without a poll. */
import { detectionError } from '../../functions/detection/error-codes.ts';
import type { Face } from '../../functions/detection/types.ts';
import { newHead } from '../../functions/records/head.ts';
import { createRecords } from '../../functions/records/records.ts';
import { openDatabase } from '../../local/database.ts';
import { tableName } from '../../local/table.ts';
import { answerOf, none, ownerNamed, taskId, testDefaults, written } from '../support/records.ts';

export interface Made {
  id: string;
  faces?: Face[];
  metadata?: Record<string, unknown>;
  mediaUrl?: string;
  words?: string;
  isOpen?: true;
}

/** `faces` make a record succeed, `words` are the provider's about a failure. */
export async function makeRecords(dataFolder: string, tasks: readonly Made[]): Promise<void> {
  const database = await openDatabase(dataFolder);
  const records = createRecords({
    client: database.client,
    tableName,
    defaults: testDefaults,
    now: Date.now,
  });
  for (const { id, faces, words, metadata, mediaUrl, isOpen } of tasks) {
    const input = {
      detect_task_id: taskId(id),
      ...(metadata && { metadata }),
      ...(mediaUrl !== undefined && { media_url: mediaUrl }),
    };
    const fresh = newHead(input, ownerNamed(`1-${id}`), testDefaults, Date.now());
    const head = await written(records.create(fresh, { mayReplaceTombstone: true }));
    if (isOpen) continue;
    if (faces !== undefined) await written(records.complete(head, answerOf(faces), none));
    else if (words === undefined) await written(records.abandon(head, detectionError('UNAUTHORIZED'), none));
    else
      await written(
        records.complete(
          head,
          { kind: 'failed', code: 'DETECTION_FAILED', provider: { message: words } },
          none,
        ),
      );
  }
  await database.close();
}
