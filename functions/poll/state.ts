/**
 * What travels between an invocation and the workflow: small, versioned, without faces, keys or URLs. Running executions
 * meet newer code, so a released shape stays readable for as long as an execution may run.
 */
import * as z from 'zod/mini';

import { abandonmentCodes, type DetectionError } from '../detection/error-codes.ts';
import { DetectTaskId } from '../detection/input.ts';
import { type Outcome } from '../detection/types.ts';

const Count = z.int().check(z.gte(0));

/** The state carried from one invocation to the next. */
export const PollState = z.object({
  v: z.literal(2),
  next: z.literal('wait'),
  detect_task_id: DetectTaskId,
  attempt: z.int().check(z.gte(1)),
  wait_seconds: Count,
  /** When this execution began to poll the attempt. A 404 is believed only some time after it. */
  polling_since: z.string(),
  has_seen_processing: z.boolean(),
  /** Consecutive answers of a kind. They lengthen the waits, and five violations end the polling. */
  troubles: Count,
  holds: Count,
  violations: Count,
  /** What the deadline would mean now. */
  code_at_deadline: z.enum(abandonmentCodes),
  /** What the last poll saw, where that was no answer: in our own fixed words. */
  reason: z.optional(z.string()),
  /** When a poll last saw the task at work, in this execution. Only measured, never decided by. */
  pending_at: z.optional(z.string()),
  /** What polls counted since metrics were last written. */
  unreported: z.optional(
    z.object({ since: z.string(), calls: Count, pending: Count, slot_wait_ms: z.optional(Count) }),
  ),
  /** The slot that the next poll has reserved: microseconds of the key's virtual clock. */
  slot: z.optional(Count),
  /** Totals over all attempts, without the current invocation. */
  polls: Count,
  invocations: Count,
  transitions: Count,
  lambda_ms: Count,
  executions: z.optional(Count),
  /** Without the current execution. */
  workflow_ms: z.optional(Count),
  /** When the current execution began. A successor gets a state without it. */
  execution_since: z.optional(z.string()),
  /** No call before this moment: the rest of a wait that is longer than the execution before. */
  not_before: z.optional(z.string()),
});
export type PollState = z.infer<typeof PollState>;

/** What the Poll state passes to an invocation. `state` is the execution's input at first, then a `PollState`. */
export const InvocationEvent = z.object({
  state: z.unknown(),
  execution_name: z.string(),
  execution_arn: z.string(),
  /** When the workflow entered the Poll state, however many retries the invocation took. */
  entered_at: z.optional(z.string()),
});
export type InvocationEvent = z.infer<typeof InvocationEvent>;

const Ids = z.object({
  execution_name: z.string(),
  state: z.object({ detect_task_id: DetectTaskId, attempt: z.optional(z.int()) }),
});

/** The ids that every log line of an invocation carries. Nothing else in its event may be logged. */
export function idsOf(event: unknown) {
  const parsed = Ids.safeParse(event);
  if (!parsed.success) return {};
  const { execution_name, state } = parsed.data;
  return { ...state, execution_name };
}

/** What an invocation returns: `next` drives the workflow's Choice. */
export type InvocationResult =
  | PollState
  | { v: 2; next: 'continue'; detect_task_id: string; continuation: { name: string; input: PollState } }
  | { v: 2; next: 'settled'; detect_task_id: string; output: Outcome }
  | { v: 2; next: 'abandoned'; detect_task_id: string; error: Pick<DetectionError, 'code' | 'message'> }
  | { v: 2; next: 'rejected-input'; error: { code: 'InvalidInput'; message: string } };
