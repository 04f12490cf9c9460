/** The service and the records as one machine offers them: wrappers for what differs from AWS. */
import { RejectedRequestError } from '../functions/control/rejected-request.ts';
import type { Service } from '../functions/control/service.ts';
import type { DetectTaskId } from '../functions/detection/input.ts';
import { isFinal } from '../functions/detection/types.ts';
import { detailTypes } from '../functions/notify/event.ts';
import { createPublish, type PutEvent } from '../functions/notify/publish.ts';
import type { Listed } from '../functions/records/list.ts';
import { isPublished } from '../functions/records/outbox.ts';
import type { Records } from '../functions/records/records.ts';
import { isSimulator, providerOf } from './processes.ts';
import { processOf } from './workflow.ts';

/**
 * The embedded database writes its indexes before its items: a kill in between leaves, for ever, an index row that its
 * record contradicts. At AWS an index only lags.
 */
export function dropStaleRows(records: Records): Records['list'] {
  return async (options) => {
    const page = await records.list(options);
    const found = await Promise.all(page.detections.map((row) => records.read(row.detect_task_id)));
    const isTrue = ({ updated_at, status }: Listed, index: number): boolean => {
      const current = found[index];
      return (
        current?.kind === 'head' && current.head.updated_at === updated_at && current.head.status === status
      );
    };
    return { ...page, detections: page.detections.filter(isTrue) };
  };
}

/** No sweep comes every minute: the process that cancels a task or redelivers its webhook publishes that itself. */
export function publishHere(
  service: Service,
  { records, put }: { records: Records; put: PutEvent },
): Service {
  const publish = createPublish({ put, records });
  return {
    ...service,
    async cancel(detectTaskId) {
      const head = await service.cancel(detectTaskId);
      if (head !== undefined && isFinal(head.status) && !isPublished(head)) await publish(head);
      return head;
    },
    async redeliver(detectTaskId) {
      const due = await service.redeliver(detectTaskId);
      if (due === undefined) return undefined;
      if (!isPublished(due)) await publish(due);
      else await put({ detailType: detailTypes.deliveryDue, detail: { detect_task_id: detectTaskId } });
      return due;
    },
  };
}

/** No provider knows a task of another one, be that the simulator or another base URL: it must not end as not found. */
export function rejectOtherProvider(service: Service, records: Records, processId: string): Service {
  async function check(detectTaskId: DetectTaskId): Promise<void> {
    const known = await records.read(detectTaskId);
    if (known.kind !== 'head' || ['succeeded', 'failed'].includes(known.head.status)) return;
    const holder = processOf(known.head.execution_arn);
    if (holder === undefined || providerOf(holder) === providerOf(processId)) return;
    throw new RejectedRequestError(
      'conflict',
      isSimulator(processId)
        ? `CRUN_API_KEY: must be set, because ${detectTaskId} is polled at the real provider`
        : isSimulator(holder)
          ? `CRUN_API_KEY: must be unset, because ${detectTaskId} is polled at the simulator`
          : `CRUN_BASE_URL: must be as when ${detectTaskId} was started, because no other provider knows the task`,
    );
  }
  return {
    ...service,
    async start(input) {
      await check(input.detect_task_id);
      return service.start(input);
    },
    async retry(detectTaskId) {
      await check(detectTaskId);
      return service.retry(detectTaskId);
    },
  };
}

/** A mistyped id of a simulated task would be polled for a minute before it counts as not found. */
export function rejectUnknownTasks(
  service: Service,
  records: Records,
  knows: (detectTaskId: string) => boolean,
): Service {
  return {
    ...service,
    async start(input) {
      const { detect_task_id: id } = input;
      if (!knows(id) && (await records.read(id)).kind !== 'head') {
        throw new RejectedRequestError(
          'invalid',
          'detect_task_id: the simulator made no task of this id; submit media first, start a sample such as sample-image, or set CRUN_API_KEY to ask the real provider',
          'detect_task_id',
        );
      }
      return service.start(input);
    },
  };
}
