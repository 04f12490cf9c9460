import type { DetectTaskId } from '../functions/detection/input.ts';
import { detailTypes, type DetectionEvent } from '../functions/notify/event.ts';
import { createPublish, type Publish, type PutEvent } from '../functions/notify/publish.ts';
/**
 * Who is told of a final record, where there is no event bus: the webhook is delivered by this process, at once and in
 * the background; what does not get through is due on the record, and the sweep of whoever polls next takes it up.
 */
import { createDeliver } from '../functions/notify/webhook/deliver.ts';
import { createPost } from '../functions/notify/webhook/post.ts';
import { createSender, type Send } from '../functions/notify/webhook/send.ts';
import type { Records } from '../functions/records/records.ts';

export interface NotifierDeps {
  records: Records;
  clock: { now(): number; sleep(ms: number): Promise<void> };
  random: () => number;
  /** The secrets that pushes are signed with, the newest first. */
  secrets: () => Promise<readonly string[]>;
  send?: Send;
}

export interface Notifier {
  /** Takes events as an event bus would. */
  put: PutEvent;
  publish: Publish;
  startDelivery(detectTaskId: DetectTaskId): Promise<void>;
  /** When no delivery of this process is under way. */
  idle(): Promise<void>;
}

export function createNotifier(deps: NotifierDeps): Notifier {
  const { records, clock, secrets } = deps;
  const send = deps.send ?? createSender({ rule: records.defaults.callbacks ?? {} });
  const deliver = createDeliver({
    records,
    ready: secrets,
    post: createPost({ send, secrets, now: () => clock.now() }),
    clock,
    random: deps.random,
    log: () => {},
    measure: () => {},
  });
  const underWay = new Set<Promise<unknown>>();

  async function startDelivery(detectTaskId: DetectTaskId): Promise<void> {
    // What fails by a fault of ours is still due on the record.
    const delivery: Promise<unknown> = deliver(detectTaskId)
      .catch(() => {})
      .finally(() => underWay.delete(delivery));
    underWay.add(delivery);
  }

  async function put({ detailType, detail }: DetectionEvent): Promise<void> {
    const isDue = detailType === detailTypes.deliveryDue || ('has_callback' in detail && detail.has_callback);
    if (isDue) await startDelivery(detail.detect_task_id);
  }

  return {
    put,
    publish: createPublish({ put, records }),
    startDelivery,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
