/** What the sweep does about a final record that is due: delete orphaned pages, publish its event, start its delivery. */
import type { Clock } from '../clock.ts';
import type { DetectTaskId } from '../detection/input.ts';
import type { Publish } from '../notify/publish.ts';
import { orphansOf } from '../records/faces.ts';
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
  clock: Clock;
  measure: Measure;
}

/** An invocation that lost the race for a record deletes its own pages, and lives at most four minutes. */
const orphanedAfterMs = 5 * 60_000;
/** A delivery that has not begun by then is started again. */
const deliveryStartsMs = 5 * 60_000;

export function createOutboxSweep({ records, publish, startDelivery, clock, measure }: OutboxSweepDeps) {
  async function withoutOrphans(head: Head): Promise<Head | 'conflict'> {
    if (orphansOf(head).size === 0) return head;
    const finalForMs = clock.now() - Date.parse(head.final_at ?? head.updated_at);
    return finalForMs < orphanedAfterMs ? 'conflict' : records.deleteOrphans(head);
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
    if (delivery?.state !== 'pending')
      return (await records.clearDue(cleaned)) === 'conflict' ? 'skipped' : 'cleaned';
    await startDelivery(cleaned.detect_task_id);
    // Due again later: a delivery that never begins must not stay ahead of those due after it.
    await records.recordDelivery(cleaned, delivery, clock.now() + deliveryStartsMs);
    return 'delivering';
  };
}
