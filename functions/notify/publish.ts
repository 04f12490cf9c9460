import type { Head } from '../records/item.ts';
/**
 * Tells the event bus of a record that has become final. Whoever made it final does so at once; whoever finds it due
 * does so again: at least once, under one id.
 */
import type { Records } from '../records/records.ts';
import { nameOf } from '../telemetry/safe-error.ts';
import { type DetectionEvent, eventOf } from './event.ts';

/** Where events go. Rejects where one was not taken. */
export type PutEvent = (event: DetectionEvent) => Promise<void>;

export type Publish = ReturnType<typeof createPublish>;

export function createPublish(deps: { put: PutEvent; records: Pick<Records, 'markPublished'> }) {
  /** `'lost'` means: the record has changed meanwhile, and is still due where somebody must be told. */
  return async function publish(head: Head): Promise<Head | 'conflict'> {
    await deps.put(eventOf(head));
    return deps.records.markPublished(head);
  };
}

/**
 * For an invocation: the record is final and due, so the sweep tells what this cannot. An event bus that is down must not cost
 * the workflow its answer.
 */
export const bestEffort =
  (publish: Publish, log: (line: { detect_task_id: string; error: string }) => void) =>
  async (head: Head): Promise<void> => {
    try {
      await publish(head);
    } catch (error) {
      log({ detect_task_id: head.detect_task_id, error: nameOf(error) });
    }
  };
