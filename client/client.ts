/** The typed client: what a program, or the command line, may ask of a deployed stack or of this machine. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { createStart, RejectedRequestError } from '../functions/control/service.ts';
import type { Workflow } from '../functions/control/workflow.ts';
import { DetectTaskId, type ExecutionInput, firstFault } from '../functions/detection/input.ts';
import { type Detection, isFinal, type Status } from '../functions/detection/types.ts';
import type { RecordDefaults } from '../functions/records/head.ts';
import { type Head, toDetection } from '../functions/records/item.ts';
import { type ListPage } from '../functions/records/query.ts';
import { createRecords } from '../functions/records/records.ts';

export interface ClientDeps {
  dynamodb: DynamoDBClient;
  tableName: string;
  defaults: RecordDefaults;
  workflow: Workflow;
  now?: () => number;
}

export interface Client {
  /**
   * Starts the polling of a task, or finds it started: the record either way, its faces joined once it is final.
   * Throws `RejectedRequestError` for bad input, and for parameters that differ from the first start's.
   */
  start(input: ExecutionInput): Promise<Detection>;
  get(detectTaskId: string): Promise<Detection | undefined>;
  /** Newest first; throws `InvalidCursorError` for a cursor of another making. */
  list(options: { status?: Status; limit: number; cursor?: string }): Promise<ListPage>;
  /** Until the record is final. Rejects with the signal's reason when it is aborted; the polling goes on. */
  wait(
    detectTaskId: string,
    options?: { signal?: AbortSignal; onRead?: (detection: Detection) => void },
  ): Promise<Detection | undefined>;
  /** Takes an abandoned task up again. */
  retry(detectTaskId: string): Promise<Detection | undefined>;
  cancel(detectTaskId: string): Promise<Detection | undefined>;
  /** Has the webhook of a final record delivered once more, whatever became of it before. */
  redeliver(detectTaskId: string): Promise<Detection | undefined>;
  /** Deletes everything stored of a task; true where there was a record. */
  forget(detectTaskId: string): Promise<boolean>;
}

/** The record is read after a fifth of its age, as the provider is asked: a wait of an hour reads some 700 times. */
const readGapMs = (detection: Detection, nowMs: number): number =>
  Math.min(Math.max((nowMs - Date.parse(detection.created_at)) / 5, 250), 5_000);

/** Each lost race is an attempt that ended meanwhile. */
const maxTries = 10;
const nothingToDeliver = {
  'not-final': 'is not final yet, so there is nothing to deliver',
  'no-callback': 'was started without a callback_url, so nobody waits for a delivery',
};

export function createClient(deps: ClientDeps): Client {
  const { workflow, now = Date.now } = deps;
  const { dynamodb: client, tableName, defaults } = deps;
  const records = createRecords({ client, tableName, defaults, now });
  const start = createStart({ records, workflow, now });

  const joined = async (head: Head): Promise<Detection> => {
    const detection =
      head.faces_ref === undefined ? toDetection(head, head.faces) : await records.get(head.detect_task_id);
    if (detection === undefined) throw new Error(`${head.detect_task_id}: was forgotten meanwhile`);
    return detection;
  };
  const joinedIfThere = async (head: Head | undefined): Promise<Detection | undefined> =>
    head === undefined ? undefined : joined(head);

  return {
    start: async (input) => joined((await start.start(input)).head),
    get: async (detectTaskId) => records.get(checked(detectTaskId)),
    list: (options) => records.list(options),
    async wait(detectTaskId, { signal, onRead } = {}) {
      for (;;) {
        signal?.throwIfAborted();
        const ended = workflow.ended?.(detectTaskId);
        // Where the execution runs here and nobody looks on, its end is all there is to wait for.
        if (ended !== undefined && onRead === undefined) await Promise.race([ended, rejectOnAbort(signal)]);
        const detection = await records.get(checked(detectTaskId));
        if (detection === undefined || isFinal(detection.status)) return detection;
        onRead?.(detection);
        // Its process died while we were waiting: whoever waits takes it up.
        if (await workflow.isLost?.(detection.execution_arn))
          await start.start({ detect_task_id: detectTaskId });
        const gap = sleep(readGapMs(detection, now()));
        await Promise.race([gap, ...(ended === undefined ? [] : [ended]), rejectOnAbort(signal)]);
      }
    },
    retry: async (detectTaskId) => joinedIfThere(await start.retry(checked(detectTaskId))),
    cancel: async (detectTaskId) => joinedIfThere(await start.cancel(checked(detectTaskId))),
    async redeliver(detectTaskId) {
      for (let tries = 0; tries < maxTries; tries++) {
        const current = await records.read(checked(detectTaskId));
        if (current.kind !== 'head') return undefined;
        const head = await records.redeliver(current.head);
        if (head === 'conflict') continue;
        if (typeof head === 'object') return joined(head);
        throw new RejectedRequestError('conflict', `${detectTaskId}: ${nothingToDeliver[head]}`);
      }
      throw new Error(`${detectTaskId}: is being delivered too busily; try again`);
    },
    async forget(detectTaskId) {
      const forgotten = await records.forget(checked(detectTaskId));
      if (forgotten !== undefined && !isFinal(forgotten.status)) await workflow.stop(forgotten.execution_arn);
      return forgotten !== undefined;
    },
  };
}

const rejectOnAbort = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

function checked(detectTaskId: string): string {
  const parsed = DetectTaskId.safeParse(detectTaskId);
  if (!parsed.success) throw new RejectedRequestError('invalid', firstFault(parsed.error, 'detect_task_id'));
  return parsed.data;
}
