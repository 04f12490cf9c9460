/**
 * Stands in for the event bus on one machine: this process delivers webhooks itself, at once and in the background. What
 * fails stays due on the record, and the sweep of the next process that polls delivers it.
 */
import type { DetectTaskId } from '../functions/detection/input.ts';
import { detailTypes } from '../functions/notify/event.ts';
import type { PutEvent } from '../functions/notify/publish.ts';
import { assembleDeliver, type DeliverClients } from '../functions/notify/webhook/assemble.ts';

export interface Notifier {
  /** Takes events as the event bus does. */
  put: PutEvent;
  /** Resolves when this process delivers nothing any more. */
  idle(): Promise<void>;
}

export function createNotifier(clients: DeliverClients): Notifier {
  const deliver = assembleDeliver(clients);
  const underWay = new Set<Promise<unknown>>();

  function startDelivery(detectTaskId: DetectTaskId): void {
    // An error of ours leaves the delivery due on the record.
    const delivery: Promise<unknown> = deliver(detectTaskId)
      .catch(() => {})
      .finally(() => underWay.delete(delivery));
    underWay.add(delivery);
  }

  return {
    async put({ detailType, detail }) {
      const isDue =
        detailType === detailTypes.deliveryDue || ('has_callback' in detail && detail.has_callback);
      if (isDue) startDelivery(detail.detect_task_id);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
