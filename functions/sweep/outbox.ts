/** What the sweep does about a final record that is due: delete orphaned pages, publish, start its delivery and its archive, let its pictures expire. */
import { type Clock, iso } from '../clock.ts';
import type { DetectTaskId } from '../detection/input.ts';
import type { createPublishArchived, Publish } from '../notify/publish.ts';
import { isPastArchiving } from '../records/archive.ts';
import { orphansOf } from '../records/faces.ts';
import { isDueAt } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import { currentDelivery, isPublished } from '../records/outbox.ts';
import type { Records } from '../records/records.ts';
import { measureFinal } from '../telemetry/measure-final.ts';
import type { Measure } from '../telemetry/metrics.ts';
import type { SweepOutcome } from './outcomes.ts';

export interface OutboxSweepDeps {
  records: Records;
  publish: Publish;
  /** Starts the next attempt at a webhook, in another function or in the background. */
  startDelivery: (detectTaskId: DetectTaskId) => Promise<void>;
  /** The same for the next step of an archive. */
  startArchive: (detectTaskId: DetectTaskId) => Promise<void>;
  publishArchived: ReturnType<typeof createPublishArchived>;
  clock: Clock;
  measure: Measure;
}

/** An invocation that lost the race for a record deletes its own pages, and lives at most four minutes. */
const orphanedAfterMs = 5 * 60_000;
export function createOutboxSweep(deps: OutboxSweepDeps) {
  const { records, publish, clock, measure } = deps;
  const isDue = (at: string | undefined): boolean => isDueAt(at, clock.now());

  async function withoutOrphans(head: Head): Promise<Head | 'conflict'> {
    if (orphansOf(head).size === 0) return head;
    const finalForMs = clock.now() - Date.parse(head.final_at ?? head.updated_at);
    // A record that is final in the future was ended by a wrong clock, at a time that is not known.
    const isRecent = Math.abs(finalForMs) < orphanedAfterMs;
    return isRecent ? 'conflict' : records.deleteOrphans(head);
  }

  /** Where it wrote to the record, that it did. */
  async function sweepArchive(head: Head): Promise<Head | 'conflict'> {
    const { archive, detect_task_id } = head;
    if (archive === undefined || archive.state !== 'pending') return deps.publishArchived(head);
    if (!isPastArchiving(head, clock.now())) {
      if (records.defaults.archives === true) await deps.startArchive(detect_task_id);
      return head;
    }
    const nowMs = clock.now();
    const failed = { ...archive, state: 'failed', at: iso(nowMs) } as const;
    const step = { dueAtMs: nowMs, next: head.archive_next ?? 0 };
    const written = await records.recordArchive(head, failed, step);
    if (written === 'conflict') return 'conflict';
    measure('archives', 1, 'failed');
    return deps.publishArchived(written);
  }

  return async function sweepOutbox(head: Head): Promise<SweepOutcome> {
    const cleaned = await withoutOrphans(head);
    if (cleaned === 'conflict') return 'skipped';
    if (!isPublished(cleaned)) {
      if ((await publish(cleaned)) === 'conflict') return 'skipped';
      // The workflow recorded this one, and measures nothing.
      if (cleaned.error?.code === 'EXECUTION_LOST') measureFinal(measure, cleaned);
      return 'published';
    }
    const delivery = currentDelivery(cleaned);
    const hasDelivery = delivery?.state === 'pending';
    if (!hasDelivery && cleaned.archive_due_at === undefined) {
      if ((await records.clearDue(cleaned)) === 'conflict') return 'skipped';
      return cleaned.archive === undefined ? 'cleaned' : 'archiving';
    }
    const isDelivering = hasDelivery && isDue(delivery.next_at);
    if (isDelivering) await deps.startDelivery(cleaned.detect_task_id);
    const after = isDue(cleaned.archive_due_at) ? await sweepArchive(cleaned) : cleaned;
    // Due again later: what never begins must not stay ahead of what is due after it.
    if (after === cleaned) await records.postponeOutbox(cleaned);
    return isDelivering ? 'delivering' : 'archiving';
  };
}
