/** The typed client: what a program, or the command line, may ask of a deployed stack or of this machine. */
import { setTimeout as sleep } from 'node:timers/promises';

import type * as z from 'zod/mini';

import type { FaceImage, Images } from '../functions/archive/images.ts';
import { RejectedRequestError } from '../functions/control/rejected-request.ts';
import type { Service } from '../functions/control/service.ts';
import type { Workflow } from '../functions/control/workflow.ts';
import { type Detection, toDetection } from '../functions/detection/fields.ts';
import { DetectTaskId, ExecutionInput, firstFault } from '../functions/detection/input.ts';
import { isFinal } from '../functions/detection/types.ts';
import type { Head } from '../functions/records/item.ts';
import type { ListOptions, ListPage } from '../functions/records/list.ts';
import type { Records } from '../functions/records/records.ts';
import type { Submitter } from '../functions/submit/submitter.ts';
import type { DetectRequest, StartInput, WaitOptions } from './requests.ts';
import { untilAborted } from './until-aborted.ts';
import { uploadFile, type UploadOptions } from './upload.ts';

export interface ClientDeps {
  records: Pick<Records, 'get' | 'list' | 'undoneIds'>;
  service: Service;
  submitter: Submitter;
  workflow: Pick<Workflow, 'ended' | 'isLost'>;
  /** Absent without an archive. */
  images?: Images | undefined;
  now?: () => number;
}

export interface Client {
  /**
   * Submits media and starts the polling of the task. Throws `RejectedRequestError` for bad input, and `SubmissionError`
   * where no task is polled: its code says whether the same key, a new one, or neither may be used.
   */
  detect(request: DetectRequest, options?: UploadOptions): Promise<Detection>;
  /**
   * Starts the polling of a task, or finds it started: the record either way, its faces joined once it is final.
   * Throws `RejectedRequestError` for bad input, and for parameters that differ from the first start's.
   */
  start(input: StartInput): Promise<Detection>;
  /** The record, its faces joined once it is final; `undefined` where there is none. */
  get(detectTaskId: string): Promise<Detection | undefined>;
  /** Newest first; throws `InvalidCursorError` for a cursor that no list gave out. */
  list(options: ListOptions): Promise<ListPage>;
  /** Ids of all that is not done: open records, and final ones whose event or webhook is still to be sent. */
  undone(): AsyncIterable<string>;
  /** Until the record is final. Rejects with the signal's reason when it is aborted; the polling goes on. */
  wait(detectTaskId: string, options?: WaitOptions): Promise<Detection | undefined>;
  /** Starts the next attempt at an abandoned task. */
  retry(detectTaskId: string): Promise<Detection | undefined>;
  /** Abandons an open task; a final record stays as it is. */
  cancel(detectTaskId: string): Promise<Detection | undefined>;
  /** Delivers the webhook of a final record again, whatever became of it before. */
  redeliver(detectTaskId: string): Promise<Detection | undefined>;
  /**
   * The archived pictures of a record's faces, in their order: each with its `sha256` and a `url` that is valid for 15
   * minutes, or a `file` of this machine. Faces that are not archived are left out.
   */
  faceImages(detectTaskId: string): Promise<FaceImage[] | undefined>;
  /** Deletes everything stored of a task; true where there was a record. */
  forget(detectTaskId: string): Promise<boolean>;
}

/** The record is read after a fifth of its age, as the provider is polled: a wait of an hour reads some 700 times. */
const readGapMs = (detection: Detection, nowMs: number): number =>
  Math.min(Math.max((nowMs - Date.parse(detection.created_at)) / 5, 250), 5_000);

export function createClient(deps: ClientDeps): Client {
  const { records, service, submitter, workflow, images, now = Date.now } = deps;

  async function detectionOf(head: Head | undefined): Promise<Detection | undefined> {
    if (head === undefined) return undefined;
    if (head.faces_ref === undefined) return toDetection(head, head.faces);
    const detection = await records.get(head.detect_task_id);
    if (detection === undefined) throw new Error(`${head.detect_task_id}: was forgotten meanwhile`);
    return detection;
  }

  return {
    async detect(request, options) {
      let input: object = request;
      if ('file' in request) {
        const { file, ...rest } = request;
        input = { ...rest, ...(await uploadFile(file, submitter.prepareUpload, options)) };
      }
      const { head } = await submitter.detect(input);
      return (await detectionOf(head)) as Detection;
    },
    async start(input) {
      const { head } = await service.start(parse(ExecutionInput, input, 'input'));
      return (await detectionOf(head)) as Detection;
    },
    get: async (detectTaskId) => records.get(parseId(detectTaskId)),
    list: (options) => records.list(options),
    undone: () => records.undoneIds(),
    async wait(given, { signal, onRead } = {}) {
      const detectTaskId = parseId(given);
      for (;;) {
        signal?.throwIfAborted();
        const ended = workflow.ended?.(detectTaskId);
        // Where the execution runs here and no progress is shown, its end is all there is to wait for.
        if (ended !== undefined && onRead === undefined) await untilAborted(signal, ended);
        const detection = await records.get(detectTaskId);
        if (detection === undefined || isFinal(detection.status)) return detection;
        onRead?.(detection);
        // The process that polled it has died: this one goes on.
        if (await workflow.isLost?.(detection.execution_arn))
          await service.start({ detect_task_id: detectTaskId });
        const gap = sleep(readGapMs(detection, now()));
        await untilAborted(signal, gap, ...(ended === undefined ? [] : [ended]));
      }
    },
    retry: async (detectTaskId) => detectionOf(await service.retry(parseId(detectTaskId))),
    cancel: async (detectTaskId) => detectionOf(await service.cancel(parseId(detectTaskId))),
    redeliver: async (detectTaskId) => detectionOf(await service.redeliver(parseId(detectTaskId))),
    async faceImages(given) {
      const detectTaskId = parseId(given);
      if (images !== undefined) return images.list(detectTaskId);
      return (await records.get(detectTaskId)) && [];
    },
    forget: async (detectTaskId) => service.forget(parseId(detectTaskId)),
  };
}

function parse<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  subject: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new RejectedRequestError('invalid', firstFault(parsed.error, subject));
  return parsed.data;
}

const parseId = (detectTaskId: string): DetectTaskId => parse(DetectTaskId, detectTaskId, 'detect_task_id');
