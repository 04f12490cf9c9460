/** The outbox entry on a final record: whether it is published, and how each attempt at its webhook went. */
import { iso } from '../clock.ts';
import { type Delivery, deliveryId, isFinal } from '../detection/types.ts';
import { orphansOf } from './faces.ts';
import { dueOf, type RecordsDeps } from './head.ts';
import type { Head } from './item.ts';
import type { Change, Update } from './update.ts';

/** The delivery of the record's present result, not of one before a retry. */
export const currentDelivery = (head: Head): Delivery | undefined =>
  head.delivery?.id === deliveryId(head) ? head.delivery : undefined;

/** A final record is published once it has a delivery or, without a callback, once it is no longer due. */
export const isPublished = (head: Head): boolean =>
  head.callback_url === undefined ? head.due_at === undefined : currentDelivery(head) !== undefined;

export const newDelivery = (head: Head, nowMs: number): Delivery => ({
  id: deliveryId(head),
  state: 'pending',
  attempts: 0,
  next_at: iso(nowMs),
  history: [],
});

/** They keep the record due until they are deleted. */
const hasOrphans = (head: Head): boolean => orphansOf(head).size > 0;

/** Holds while the record is as it was read: each of these writes moves or clears `due_at`. */
const asSeen = (seen: Head): Pick<Change, 'condition' | 'values'> => ({
  condition: `#status = :seen_status AND #attempt = :seen_attempt AND ${seen.due_at === undefined ? 'attribute_not_exists(#due_at)' : '#due_at = :seen_due'}`,
  values: {
    seen_status: seen.status,
    seen_attempt: seen.attempt,
    ...(seen.due_at !== undefined && { seen_due: seen.due_at }),
  },
});

const notDue = ['due_at', 'due_shard'] as const;

export function createOutbox({ defaults, now }: RecordsDeps, update: Update) {
  /** Nothing is left to be done for the record. */
  function clearDue(seen: Head): Promise<Head | 'conflict'> {
    return update(seen.detect_task_id, { remove: notDue, ...asSeen(seen) });
  }

  /** An attempt begins, or has ended: due again when the next one must have begun, or never. */
  function recordDelivery(
    seen: Head,
    delivery: Delivery,
    dueAtMs: number | undefined,
  ): Promise<Head | 'conflict'> {
    const { detect_task_id } = seen;
    if (dueAtMs === undefined) {
      const remove = hasOrphans(seen) ? [] : notDue;
      return update(detect_task_id, { set: { delivery }, remove, ...asSeen(seen) });
    }
    const due = { ...dueOf(detect_task_id, now(), defaults.shards), due_at: iso(dueAtMs) };
    return update(detect_task_id, { set: { delivery, ...due }, ...asSeen(seen) });
  }

  return {
    clearDue,
    recordDelivery,

    /** After the event bus took the event: with a callback the delivery begins, else nothing is left to do. */
    async markPublished(seen: Head): Promise<Head | 'conflict'> {
      const { detect_task_id } = seen;
      if (seen.callback_url !== undefined) {
        const delivery = newDelivery(seen, now());
        const due = dueOf(detect_task_id, now(), defaults.shards);
        return update(detect_task_id, { set: { delivery, ...due }, ...asSeen(seen) });
      }
      return hasOrphans(seen) ? seen : clearDue(seen);
    },

    /** From the beginning, under the same id; `'not-final'` and `'no-callback'` where there is nothing to deliver. */
    async redeliver(seen: Head): Promise<Head | 'conflict' | 'not-final' | 'no-callback'> {
      if (!isFinal(seen.status)) return 'not-final';
      if (seen.callback_url === undefined) return 'no-callback';
      // The event comes first, and begins the delivery.
      if (!isPublished(seen))
        return update(seen.detect_task_id, { set: { due_at: iso(now()) }, ...asSeen(seen) });
      const { history } = currentDelivery(seen) ?? newDelivery(seen, now());
      return recordDelivery(seen, { ...newDelivery(seen, now()), history }, now());
    },
  };
}
