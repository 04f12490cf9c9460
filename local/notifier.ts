/**
 * Stands in for the event bus on one machine: this process delivers webhooks and archives pictures itself, at once and
 * in the background. What fails stays due on the record, and the sweep of the next process that polls takes it up.
 */
import { type ArchiveClients, assembleArchive } from '../functions/archive/assemble.ts';
import type { DetectTaskId } from '../functions/detection/input.ts';
import { type DetectionEvent, detailTypes } from '../functions/notify/event.ts';
import type { PutEvent } from '../functions/notify/publish.ts';
import { assembleDeliver, type DeliverClients } from '../functions/notify/webhook/assemble.ts';

export interface Notifier {
  /** Takes events as the event bus does. */
  put: PutEvent;
  /** Resolves when this process delivers and archives nothing any more. */
  idle(): Promise<void>;
}

export interface NotifierClients extends DeliverClients {
  /** Where pictures are archived, if they are. */
  archive?: Pick<ArchiveClients, 'store' | 'fetchLink'> | undefined;
}

export function createNotifier({ archive: stores, ...clients }: NotifierClients): Notifier {
  const deliver = assembleDeliver(clients);
  const archive = stores && assembleArchive({ ...clients, ...stores, put });
  const underWay = new Set<Promise<unknown>>();

  function start(work: Promise<unknown>): void {
    // An error of ours leaves the record due.
    const begun: Promise<unknown> = work.catch(() => {}).finally(() => underWay.delete(begun));
    underWay.add(begun);
  }
  const startArchive = (detectTaskId: DetectTaskId, publishedId?: string): void => {
    if (archive !== undefined) start(archive(detectTaskId, Infinity, publishedId));
  };

  async function put({ detailType, detail }: DetectionEvent): Promise<void> {
    const { detect_task_id } = detail;
    const final = 'has_callback' in detail ? detail : undefined;
    if (detailType === detailTypes.deliveryDue || final?.has_callback)
      start(deliver(detect_task_id, final?.id));
    if (detailType === detailTypes.archiveDue || detailType === detailTypes.settled)
      startArchive(detect_task_id, final?.id);
  }

  return {
    put,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
