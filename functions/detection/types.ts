/** What callers, the record, the workflow and the provider share: one definition of each name. */
import type { DetectionError } from './error-codes.ts';
import type { DetectTaskId } from './input.ts';

/** Standard executions are paid by the state and live for a day; Express ones by the second, for five minutes. */
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

/** A face as the provider names it: a small integer and the address of the cropped image. */
export interface Face {
  id: number;
  link: string;
}

/** What the provider found in a task's media, as one answer of it says. */
export interface DetectionResult {
  detectId: string;
  faces: Face[];
  /** As received: no time zone is stated. */
  startedAt?: string | number | undefined;
  finishedAt?: string | number | undefined;
}

/** What became of a push: to come or under way; taken; refused for good; given up; of no account any more. */
export const deliveryStates = ['pending', 'delivered', 'rejected', 'exhausted', 'superseded'] as const;

/** The push of one final record to its `callback_url`. */
export interface Delivery {
  /** The `webhook-id` of every attempt. */
  id: string;
  state: (typeof deliveryStates)[number];
  attempts: number;
  /** The receiver's last HTTP status, where it answered at all. */
  last_status?: number;
  /** When the next attempt is due. */
  next_at?: string;
  /** The attempts, oldest first: what the receiver answered, or what kept it from answering. */
  history: { at: string; status?: number; fault?: string }[];
}

/** The record of one task as readers see it: faces joined, names as stored. Instants are ISO 8601 UTC, our clock. */
export interface Detection {
  detect_task_id: DetectTaskId;
  status: Status;
  detect_id?: string;
  face_count?: number;
  faces?: Face[];
  error?: DetectionError;
  attempt: number;
  execution_name: string;
  execution_arn: string;
  deadline_seconds: number;
  deadline_at: string;
  /** Calls to the provider, Lambda invocations, workflow states entered and Lambda milliseconds, over all attempts. */
  polls: number;
  invocations: number;
  transitions: number;
  lambda_ms: number;
  /** Executions that polled, and for how long they ran; an Express execution is a leg of at most five minutes. */
  executions?: number;
  workflow_ms?: number;
  /** The memory of the function that polled last, in MB: what a millisecond of it costs. */
  memory_mb?: number;
  created_at: string;
  updated_at: string;
  final_at?: string;
  submitted_at?: string | undefined;
  media_url?: string | undefined;
  callback_url?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  /** When the provider's `detect_id` stops being valid: one hour after `submitted_at`, or assumed from `created_at`. */
  usable_until: string;
  usable_until_assumed: boolean;
  /** As the provider sent them: no time zone is stated. */
  provider_started_at?: string | number;
  provider_finished_at?: string | number;
  /** Where there is a `callback_url` and the record was final once. */
  delivery?: Delivery;
  /** Epoch seconds. */
  expires_at: number;
}

/** What an execution answers with. */
export interface Outcome {
  detect_task_id: string;
  status: Status;
  detect_id?: string;
  face_count?: number;
  error?: Pick<DetectionError, 'code' | 'message'>;
}

export function outcomeOf(detection: Omit<Detection, 'faces'>): Outcome {
  const { detect_task_id, status, detect_id, face_count, error } = detection;
  return {
    detect_task_id,
    status,
    ...(detect_id !== undefined && { detect_id }),
    ...(face_count !== undefined && { face_count }),
    ...(error !== undefined && { error: { code: error.code, message: error.message } }),
  };
}
