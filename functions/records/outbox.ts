/** What the record says of telling others about it: whether that is done, and how each attempt at a webhook went. */
import { type Delivery, isFinal } from '../detection/types.ts';
import { notDue } from './conditions.ts';
import { dueOf, iso } from './head.ts';
import type { Head } from './item.ts';
import type { StoreDeps } from './store.ts';
import { type Change, createUpdate } from './update.ts';

/** The same on every attempt; another one for every time that a record becomes final. The standard forbids a dot. */
export const deliveryId = ({
  detect_task_id,
  attempt,
  status,
}: Pick<Head, 'detect_task_id' | 'attempt' | 'status'>): string => `${detect_task_id}_${attempt}_${status}`;

/** The delivery of what the record says now, not of what it said before it was taken up again. */
export const currentDelivery = (head: Head): Delivery | undefined =>
  head.delivery?.id === deliveryId(head) ? head.delivery : undefined;

/** A final record is told once it has a delivery, or, where nobody waits for one, is due no more. */
export const isTold = (head: Head): boolean =>
  head.callback_url === undefined ? head.due_at === undefined : currentDelivery(head) !== undefined;

export const newDelivery = (head: Head, nowMs: number): Delivery => ({
  id: deliveryId(head),
  state: 'pending',
  attempts: 0,
  next_at: iso(nowMs),
  history: [],
});

/** Pages that an invocation left under the record keep it due until they are deleted. */
const hasOrphans = (head: Head): boolean => (head.page_refs?.size ?? 0) > 0;

/** On condition that nobody has written since: each of these writes moves or clears `due_at`. */
const asSeen = (seen: Head): Pick<Change, 'condition' | 'values'> => ({
  condition: `#status = :seen_status AND #attempt = :seen_attempt AND ${seen.due_at === undefined ? 'attribute_not_exists(#due_at)' : '#due_at = :seen_due'}`,
  values: {
    seen_status: seen.status,
    seen_attempt: seen.attempt,
    ...(seen.due_at !== undefined && { seen_due: seen.due_at }),
  },
});

export type Deliveries = ReturnType<typeof createDeliveries>;

export function createDeliveries(deps: StoreDeps) {
  const { defaults, now } = deps;
  const update = createUpdate(deps);

  return {
    /** After the event bus took the event. */
    async markPublished(seen: Head): Promise<Head | 'conflict'> {
      const { detect_task_id } = seen;
      if (seen.callback_url !== undefined) {
        const delivery = newDelivery(seen, now());
        const due = dueOf(detect_task_id, now(), defaults.shards);
        return update(detect_task_id, { set: { delivery, ...due }, ...asSeen(seen) });
      }
      return hasOrphans(seen) ? seen : this.rest(seen);
    },

    /** Nothing is left to be done for it. */
    rest(seen: Head): Promise<Head | 'conflict'> {
      return update(seen.detect_task_id, { remove: notDue, ...asSeen(seen) });
    },

    /** From the beginning, under the same id; `'not-final'` and `'no-callback'` where there is nothing to deliver. */
    async redeliver(seen: Head): Promise<Head | 'conflict' | 'not-final' | 'no-callback'> {
      if (!isFinal(seen.status)) return 'not-final';
      if (seen.callback_url === undefined) return 'no-callback';
      // Nobody was told yet: the event comes first, and begins the delivery.
      if (!isTold(seen)) return update(seen.detect_task_id, { set: { due_at: iso(now()) }, ...asSeen(seen) });
      const { history } = currentDelivery(seen) ?? newDelivery(seen, now());
      return this.record(seen, { ...newDelivery(seen, now()), history }, now());
    },

    /** What became of an attempt, or that one begins: due again when the next must have begun, or never. */
    record(seen: Head, delivery: Delivery, dueAtMs: number | undefined): Promise<Head | 'conflict'> {
      const { detect_task_id } = seen;
      if (dueAtMs === undefined) {
        const remove = hasOrphans(seen) ? [] : notDue;
        return update(detect_task_id, { set: { delivery }, remove, ...asSeen(seen) });
      }
      const due = { ...dueOf(detect_task_id, now(), defaults.shards), due_at: iso(dueAtMs) };
      return update(detect_task_id, { set: { delivery, ...due }, ...asSeen(seen) });
    },
  };
}
