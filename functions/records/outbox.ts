/** The outbox entry on a final record: whether it is published, and how each attempt at its webhook went. */
import { iso } from '../clock.ts';
import { type Archive, type Delivery, deliveryId, isFinal } from '../detection/types.ts';
import { isArchivable, newArchive, picturesExpireAtMs } from './archive.ts';
import { orphansOf } from './faces.ts';
import { dueLeadMs, dueOf, isDueAt, type RecordsDeps } from './head.ts';
import type { Head } from './item.ts';
import { expiringShard, shardOf } from './table.ts';
import type { Change, Update } from './update.ts';

/** The delivery of the record's present result, not of one before a retry. */
export const currentDelivery = (head: Head): Delivery | undefined =>
  head.delivery?.id === deliveryId(head) ? head.delivery : undefined;

/** A final record is published once it has a delivery or, without a callback, an archive, or once it is no longer due. */
export const isPublished = (head: Head): boolean =>
  head.callback_url === undefined
    ? head.due_at === undefined || head.archive !== undefined
    : currentDelivery(head) !== undefined;

export const newDelivery = (head: Head, nowMs: number): Delivery => ({
  id: deliveryId(head),
  state: 'pending',
  attempts: 0,
  next_at: iso(nowMs),
  history: [],
});

/** They keep the record due until they are deleted. */
const hasOrphans = (head: Head): boolean => orphansOf(head).size > 0;

/**
 * Holds while the record is as it was read. Delivery and archive share `due_at`, which may stay the same though one of
 * the two has gone on: so each counts by its own time too.
 */
function asSeen(seen: Head): Pick<Change, 'condition' | 'values'> {
  const { status, attempt, due_at, archive, archive_due_at, delivery } = seen;
  const parts = ['#status = :seen_status AND #attempt = :seen_attempt'];
  const values: Record<string, unknown> = { seen_status: status, seen_attempt: attempt };
  const same = (name: string, path: string, value: string | undefined): void => {
    parts.push(value === undefined ? `attribute_not_exists(${path})` : `${path} = :${name}`);
    if (value !== undefined) values[name] = value;
  };
  same('seen_due', '#due_at', due_at);
  same('seen_next', '#delivery.#next_at', delivery?.next_at);
  if (archive === undefined) parts.push('attribute_not_exists(#archive)');
  else same('seen_archive_due', '#archive_due_at', archive_due_at);
  return { condition: parts.join(' AND '), values };
}

const notDue = ['due_at', 'due_shard'] as const;

/** What is due already is under way: the sweep leaves it alone for some minutes. */
const wakeMs = (at: string, nowMs: number): number =>
  isDueAt(at, nowMs) ? nowMs + dueLeadMs : Date.parse(at);

/** When the sweep has to look at a record: when the earlier of delivery and archive must have gone on, or never. */
const earlier = (...dueAtMs: (number | undefined)[]): number | undefined => {
  const due = dueAtMs.filter((ms) => ms !== undefined);
  return due.length === 0 ? undefined : Math.min(...due);
};

const deliveryWakeMs = ({ delivery }: Partial<Head>, nowMs: number): number | undefined =>
  delivery?.state === 'pending' && delivery.next_at !== undefined
    ? wakeMs(delivery.next_at, nowMs)
    : undefined;
const archiveWakeMs = ({ archive_due_at }: Partial<Head>, nowMs: number): number | undefined =>
  archive_due_at === undefined ? undefined : wakeMs(archive_due_at, nowMs);

export function createOutbox({ defaults, now, deletePictures }: RecordsDeps, update: Update) {
  /** Nothing is to be done before the record expires. */
  function idle(seen: Head, set: Partial<Head>): Pick<Change, 'set' | 'remove'> {
    if (hasOrphans(seen)) return { set };
    const expireAtMs = picturesExpireAtMs({ ...seen, ...set });
    if (expireAtMs === undefined) return { set, remove: notDue };
    const due_shard = expiringShard(shardOf(seen.detect_task_id, defaults.shards));
    return { set: { ...set, due_at: iso(expireAtMs), due_shard } };
  }

  /** What a record has from its publication on: a writer that comes before that write makes up for it. */
  function published(seen: Head): Partial<Head> {
    const isUndelivered = seen.callback_url !== undefined && currentDelivery(seen) === undefined;
    return {
      ...(isUndelivered && { delivery: newDelivery(seen, now()) }),
      ...(defaults.archives === true && isArchivable(seen, now()) && newArchive(now())),
    };
  }

  /** Writes what became of the delivery or the archive, and when the record is due again. */
  function write(
    seen: Head,
    set: Partial<Head>,
    dueAtMs: number | undefined,
    removed: readonly (keyof Head)[] = [],
  ): Promise<Head | 'conflict'> {
    const { detect_task_id } = seen;
    if (dueAtMs === undefined) {
      const { remove = [], ...rest } = idle(seen, set);
      return update(detect_task_id, { ...rest, remove: [...removed, ...remove], ...asSeen(seen) });
    }
    const due = { ...dueOf(detect_task_id, now(), defaults.shards), due_at: iso(dueAtMs) };
    return update(detect_task_id, { set: { ...set, ...due }, remove: removed, ...asSeen(seen) });
  }

  return {
    /** Nothing is left to be done for the record, but that its pictures expire with it. */
    async clearDue(seen: Head): Promise<Head | 'conflict'> {
      const expireAtMs = picturesExpireAtMs(seen);
      if (expireAtMs !== undefined && expireAtMs > now()) return write(seen, {}, undefined);
      if (expireAtMs !== undefined) await deletePictures?.(seen.detect_task_id, seen.attempt);
      return update(seen.detect_task_id, { remove: notDue, ...asSeen(seen) });
    },

    /** The sweep has started what is due: it looks again if that never begins. Pictures expire all the same. */
    async postponeOutbox(seen: Head): Promise<Head | 'conflict'> {
      const expireAtMs = picturesExpireAtMs(seen) ?? Infinity;
      if (expireAtMs <= now()) await deletePictures?.(seen.detect_task_id, seen.attempt);
      return write(seen, {}, earlier(deliveryWakeMs(seen, now()), archiveWakeMs(seen, now())));
    },

    /** An attempt begins, or has ended: due again when the next one must have begun, or never. */
    recordDelivery(seen: Head, delivery: Delivery, dueAtMs: number | undefined): Promise<Head | 'conflict'> {
      const set = { ...published(seen), delivery };
      return write(seen, set, earlier(dueAtMs, archiveWakeMs({ ...seen, ...set }, now())));
    },

    /** A step of the archive begins, or has ended: due again when the next one must have begun, or never. */
    recordArchive(
      seen: Head,
      archive: Archive,
      step: { dueAtMs: number; next: number } | 'finished',
    ): Promise<Head | 'conflict'> {
      const set = { ...published(seen), archive };
      const delivery = deliveryWakeMs({ ...seen, ...set }, now());
      if (step === 'finished') {
        const { archive_due_at: _, ...kept } = set;
        return write(seen, kept, delivery, ['archive_due_at', 'archive_next']);
      }
      const progress = { archive_due_at: iso(step.dueAtMs), archive_next: step.next };
      return write(seen, { ...set, ...progress }, earlier(delivery, step.dueAtMs));
    },

    /** After the event bus took the event: delivery and archive begin; without either nothing is left to do. */
    async markPublished(seen: Head): Promise<Head | 'conflict'> {
      const set = published(seen);
      if (Object.keys(set).length === 0 && hasOrphans(seen)) return seen;
      return write(seen, set, earlier(deliveryWakeMs(set, now()), archiveWakeMs(set, now())));
    },

    /** From the beginning, under the same id; `'not-final'` and `'no-callback'` where there is nothing to deliver. */
    async redeliver(seen: Head): Promise<Head | 'conflict' | 'not-final' | 'no-callback'> {
      if (!isFinal(seen.status)) return 'not-final';
      if (seen.callback_url === undefined) return 'no-callback';
      // The event comes first, and begins the delivery.
      if (!isPublished(seen))
        return update(seen.detect_task_id, { set: { due_at: iso(now()) }, ...asSeen(seen) });
      const { history } = currentDelivery(seen) ?? newDelivery(seen, now());
      return write(seen, { delivery: { ...newDelivery(seen, now()), history } }, now());
    },
  };
}
