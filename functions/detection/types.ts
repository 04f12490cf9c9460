/** The terms that callers, the record, the workflow and the provider's answers share. */
import type { DetectionError } from './error-codes.ts';

/** Standard executions are priced by the state, Express executions by the second and limited to five minutes. */
export const workflowTypes = ['STANDARD', 'EXPRESS'] as const;
export type WorkflowType = (typeof workflowTypes)[number];

export const openStatuses = ['starting', 'processing'] as const;
export const finalStatuses = ['succeeded', 'failed', 'abandoned'] as const;
export const statuses = [...openStatuses, ...finalStatuses] as const;
export type OpenStatus = (typeof openStatuses)[number];
export type FinalStatus = (typeof finalStatuses)[number];
export type Status = (typeof statuses)[number];

export const isFinal = (status: Status): status is FinalStatus =>
  status !== 'starting' && status !== 'processing';

/** GIFs are detected by the call for videos. */
export const mediaTypes = ['image', 'gif', 'video'] as const;
export type MediaType = (typeof mediaTypes)[number];

/** A face as the provider names it: a small integer and the address of the cropped image. */
export interface Face {
  id: number;
  link: string;
}

/** What one answer of the provider says it found. */
export interface DetectionResult {
  detectId: string;
  faces: Face[];
  /** As received: no time zone is stated. */
  startedAt?: string | number | undefined;
  finishedAt?: string | number | undefined;
}

/** Of a webhook: due or under way; accepted; rejected for good; given up; replaced by a later final record. */
export const deliveryStates = ['pending', 'delivered', 'rejected', 'exhausted', 'superseded'] as const;

/** The webhook of one final record. */
export interface Delivery {
  /** The `webhook-id` of every attempt. */
  id: string;
  state: (typeof deliveryStates)[number];
  attempts: number;
  /** The receiver's last HTTP status, if it ever answered. */
  last_status?: number;
  /** When the next attempt is due. */
  next_at?: string;
  /** The attempts, oldest first: the receiver's answer, or why there was none. */
  history: { at: string; status?: number; fault?: string }[];
}

/** Of an archive: under way; every face kept; some; none. */
export const archiveStates = ['pending', 'complete', 'partial', 'failed'] as const;

/** The pictures of a record's faces, kept beyond their links. */
export interface Archive {
  state: (typeof archiveStates)[number];
  /** How many pictures are kept, and their size together. */
  faces: number;
  bytes: number;
  /** When this was written. */
  at: string;
  /** Faces that are not kept, the first hundred of them, and why. */
  faults?: { id: number; reason: string }[];
}

/** The output of an execution. */
export interface Outcome {
  detect_task_id: string;
  status: Status;
  detect_id?: string;
  face_count?: number;
  error?: Pick<DetectionError, 'code' | 'message'>;
}

/** Ids, status and counts of a record, without the provider's words. */
export function outcomeOf(
  record: { [Name in keyof Outcome]: Outcome[Name] | undefined } & Pick<Outcome, 'detect_task_id' | 'status'>,
): Outcome {
  const { detect_task_id, status, detect_id, face_count, error } = record;
  return {
    detect_task_id,
    status,
    ...(detect_id !== undefined && { detect_id }),
    ...(face_count !== undefined && { face_count }),
    ...(error !== undefined && { error: { code: error.code, message: error.message } }),
  };
}

/** When the task was submitted, if that is known: its age sets the schedule. A caller's clock may be ahead. */
export const taskSinceMs = (record: { created_at: string; submitted_at?: string | undefined }): number =>
  Math.min(Date.parse(record.created_at), Date.parse(record.submitted_at ?? record.created_at));

/** The same on every attempt; another one for every time that a record becomes final. The standard forbids a dot. */
export const deliveryId = (head: { detect_task_id: string; attempt: number; status: Status }): string =>
  `${head.detect_task_id}_${head.attempt}_${head.status}`;
