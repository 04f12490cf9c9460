/** The event of a final record: enough to act on, and nothing that shows a face. */
import * as z from 'zod/mini';

import { DetectTaskId } from '../detection/input.ts';
import { archiveStates, deliveryId, isFinal } from '../detection/types.ts';
import type { Head } from '../records/item.ts';

/** Names of the event: rules of users match on them. */
export const source = 'face-detection-poller';
export const detailTypes = {
  /** The provider's answer. */
  settled: 'Face Detection Settled',
  /** No answer: the task may be retried. */
  abandoned: 'Face Detection Abandoned',
  /** Between our own functions: the next attempt at a webhook is due. */
  deliveryDue: 'Face Detection Delivery Due',
  /** Pictures of the faces are kept, or cannot be. */
  archived: 'Face Images Archived',
  /** Between our own functions: the next step of an archive is due. */
  archiveDue: 'Face Images Archive Due',
} as const;

/** The detail of a record's two events. `id` is the same however often a record is published. */
export const EventDetail = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  detect_task_id: DetectTaskId,
  attempt: z.int(),
  status: z.enum(['succeeded', 'failed', 'abandoned']),
  final_at: z.string(),
  usable_until: z.string(),
  detect_id: z.optional(z.string()),
  face_count: z.optional(z.int()),
  error: z.optional(z.strictObject({ code: z.string(), message: z.string(), retryable: z.boolean() })),
  /** Whether the task has a webhook. */
  has_callback: z.boolean(),
});
export type EventDetail = z.infer<typeof EventDetail>;

/** The detail of a finished archive: counts, and no address. */
const Archived = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  detect_task_id: DetectTaskId,
  attempt: z.int(),
  state: z.enum(archiveStates),
  face_count: z.int(),
  faces: z.int(),
  bytes: z.int(),
});
type ArchivedDetail = z.infer<typeof Archived>;

export interface DetectionEvent {
  detailType: (typeof detailTypes)[keyof typeof detailTypes];
  detail: EventDetail | ArchivedDetail | { detect_task_id: DetectTaskId };
  /** The execution that made it final: by its ARN, rules tell apart the stacks that share a bus. */
  resources?: string[];
}

/** Of a final record. */
export function eventOf(head: Head): DetectionEvent {
  const { detect_task_id, attempt, status, final_at, usable_until, detect_id, face_count, error } = head;
  if (!isFinal(status) || final_at === undefined) throw new Error(`${detect_task_id}: is not final yet`);
  const detail: EventDetail = {
    version: 1,
    id: deliveryId(head),
    detect_task_id,
    attempt,
    status,
    final_at,
    usable_until,
    ...(detect_id !== undefined && { detect_id }),
    ...(face_count !== undefined && { face_count }),
    ...(error !== undefined && {
      error: { code: error.code, message: error.message, retryable: error.retryable },
    }),
    has_callback: head.callback_url !== undefined,
  };
  const detailType = status === 'abandoned' ? detailTypes.abandoned : detailTypes.settled;
  return { detailType, detail, resources: [head.execution_arn] };
}

/** Of a record whose archive is finished. */
export function archivedEventOf(head: Head): DetectionEvent {
  const { detect_task_id, attempt, archive, face_count = 0 } = head;
  if (archive === undefined) throw new Error(`${detect_task_id}: has no archive`);
  const { state, faces, bytes } = archive;
  const id = `${detect_task_id}_${attempt}_archived`;
  const detail = { version: 1, id, detect_task_id, attempt, state, face_count, faces, bytes } as const;
  return { detailType: detailTypes.archived, detail, resources: [head.execution_arn] };
}
