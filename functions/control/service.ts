/** What callers may ask for, whether through the typed client or the HTTP API. */
import { detectionError } from '../detection/error-codes.ts';
import type { DetectTaskId, ExecutionInput } from '../detection/input.ts';
import { isFinal } from '../detection/types.ts';
import type { Head } from '../records/item.ts';
import { RejectedRequestError } from './rejected-request.ts';
import { ensureRunning, holderOf, type ServiceDeps, start, type Started, untilDecided } from './start.ts';

export interface Service {
  /** The record of this task, new or known; it is polled unless it is final. Rejects other parameters than the first start's. */
  start: (input: ExecutionInput) => Promise<Started>;
  /** The next attempt at an abandoned task; `undefined` where there is no record. Rejects a record with an answer. */
  retry: (detectTaskId: DetectTaskId) => Promise<Head | undefined>;
  /** Gives a task up; a final record stays as it is. `undefined` where there is no record. */
  cancel: (detectTaskId: DetectTaskId) => Promise<Head | undefined>;
  /** Delivers the webhook of a final record again. `undefined` where there is no record; rejects one without a webhook. */
  redeliver: (detectTaskId: DetectTaskId) => Promise<Head | undefined>;
  /** Deletes everything stored of a task and stops its execution; true where there was a record. */
  forget: (detectTaskId: DetectTaskId) => Promise<boolean>;
}

const nothingToDeliver = {
  'not-final': 'is not final yet, so there is nothing to deliver',
  'no-callback': 'was started without a callback_url, so it has no webhook',
};

const archived = (detectTaskId: DetectTaskId): string =>
  `archive: the pictures of ${detectTaskId} are in the bucket of an archive that is switched off; deploy with archive.bucket, that bucket, and forget it then`;

export function createService(deps: ServiceDeps): Service {
  const { records, workflow } = deps;

  async function recordOf(detectTaskId: DetectTaskId): Promise<Head | undefined> {
    const current = await records.read(detectTaskId);
    return current.kind === 'head' ? current.head : undefined;
  }

  return {
    start: (input) => start(deps, input),

    retry: (detectTaskId) =>
      untilDecided(async () => {
        const head = await recordOf(detectTaskId);
        if (head === undefined) return undefined;
        const { status, attempt } = head;
        if (!isFinal(status)) return ensureRunning(deps, head);
        if (status !== 'abandoned') {
          const sentence = `status: ${detectTaskId} is ${status}; only an abandoned detection can be retried`;
          throw new RejectedRequestError('conflict', sentence, 'status');
        }
        const reopened = await records.reopen(head, holderOf(workflow, attempt + 1, detectTaskId), 'new');
        return reopened === 'conflict' ? 'conflict' : ensureRunning(deps, reopened);
      }),

    async cancel(detectTaskId) {
      const cancelled = await records.cancel(detectTaskId, detectionError('CANCELLED'));
      const head = cancelled === 'conflict' ? await recordOf(detectTaskId) : cancelled;
      // Also where it was cancelled before: that caller may have died before it stopped the execution.
      if (head?.error?.code === 'CANCELLED') await workflow.stop(head.execution_arn);
      return head;
    },

    redeliver: (detectTaskId) =>
      untilDecided(async () => {
        const head = await recordOf(detectTaskId);
        if (head === undefined) return undefined;
        const due = await records.redeliver(head);
        if (typeof due === 'object' || due === 'conflict') return due;
        throw new RejectedRequestError('conflict', `${detectTaskId}: ${nothingToDeliver[due]}`);
      }),

    async forget(detectTaskId) {
      const forgotten = await records.forget(detectTaskId);
      if (forgotten === 'archived')
        throw new RejectedRequestError('conflict', archived(detectTaskId), 'archive');
      if (forgotten !== undefined && !isFinal(forgotten.status)) await workflow.stop(forgotten.execution_arn);
      return forgotten !== undefined;
    },
  };
}
