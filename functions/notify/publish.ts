/**
 * Publishes a final record to the event bus. The function that makes it final does so at once; the sweep does so for
 * records that are still due: at least once, under one id.
 */
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';
import { nameOf } from '../telemetry/safe-error.ts';
import { archivedEventOf, type DetectionEvent, eventOf } from './event.ts';

/** Puts an event on the bus; rejects where the bus did not take it. */
export type PutEvent = (event: DetectionEvent) => Promise<void>;

export type Publish = ReturnType<typeof createPublish>;

export function createPublish(deps: { put: PutEvent; records: Pick<Records, 'markPublished'> }) {
  /** `'conflict'`: the record has changed meanwhile. If that must be published too, it is still due. */
  return async function publish(head: Head): Promise<Head | 'conflict'> {
    await deps.put(eventOf(head));
    return deps.records.markPublished(head);
  };
}

/** Publishes the end of an archive, and then takes it off the record's outbox: at least once as well. */
export const createPublishArchived =
  (deps: { put: PutEvent; records: Pick<Records, 'recordArchive'> }) =>
  async (head: Head): Promise<Head | 'conflict'> => {
    await deps.put(archivedEventOf(head));
    return head.archive === undefined ? head : deps.records.recordArchive(head, head.archive, 'finished');
  };

/** For an invocation: its workflow gets its result even if the event bus is down. The sweep publishes the record later. */
export const bestEffort =
  (publish: Publish, log: (line: { detect_task_id: string; error: string }) => void) =>
  async (head: Head): Promise<void> => {
    try {
      await publish(head);
    } catch (error) {
      log({ detect_task_id: head.detect_task_id, error: nameOf(error) });
    }
  };
