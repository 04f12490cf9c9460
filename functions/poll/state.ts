/**
 * What travels between an invocation and the workflow: small, versioned, never faces, keys or URLs.
 * Running executions meet newer code, so a released shape stays readable for as long as an execution may run.
 */
import * as z from 'zod/mini';

import { abandonmentCodes } from '../detection/error-codes.ts';
import { DetectTaskId } from '../detection/input.ts';
import { type Outcome } from '../detection/types.ts';

const Count = z.int().check(z.gte(0));

/** The state carried from one invocation to the next. */
export const PollState = z.object({
  v: z.literal(2),
  next: z.literal('wait'),
  detect_task_id: DetectTaskId,
  attempt: z.int().check(z.gte(1)),
  deadline_at: z.string(),
  wait_seconds: Count,
  /** When this execution's polling of the attempt began; a 404 is believed only some time after it. */
  polling_since: z.string(),
  has_seen_processing: z.boolean(),
  /** Consecutive answers of a kind: they grow the waits, and five violations end the polling. */
  troubles: Count,
  holds: Count,
  violations: Count,
  /** What the deadline would mean now. */
  code_at_deadline: z.enum(abandonmentCodes),
  /** When a poll last saw the task at work, in this execution: measured from, never decided by. */
  pending_at: z.optional(z.string()),
  /** What the next poll has booked in the rate of its key: microseconds of the key's own clock. */
  slot: z.optional(Count),
  /** Totals over all attempts, the current invocation not included. */
  polls: Count,
  invocations: Count,
  transitions: Count,
  lambda_ms: Count,
  executions: z.optional(Count),
  /** Without the execution under way. */
  workflow_ms: z.optional(Count),
  /** When the execution under way began; what an execution is handed by the one before it has none yet. */
  execution_since: z.optional(z.string()),
  /** Nobody is to be asked before: what is left of a wait that the execution before did not live to see. */
  not_before: z.optional(z.string()),
});
export type PollState = z.infer<typeof PollState>;

/** What the Poll state hands to an invocation. `state` is the execution's input at first, a `PollState` afterwards. */
export const InvocationEvent = z.object({
  state: z.unknown(),
  execution_name: z.string(),
  execution_arn: z.string(),
  /** When the workflow began to want this invocation, however often it had to ask. */
  entered_at: z.optional(z.string()),
});
export type InvocationEvent = z.infer<typeof InvocationEvent>;

const Ids = z.object({
  execution_name: z.string(),
  state: z.object({ detect_task_id: DetectTaskId, attempt: z.optional(z.int()) }),
});

/** By which ids an invocation can be told, as far as its event names them; nothing else of it is to be logged. */
export function idsOf(event: unknown) {
  const parsed = Ids.safeParse(event);
  if (!parsed.success) return {};
  const { execution_name, state } = parsed.data;
  return { ...state, execution_name };
}

/** What an invocation answers: `next` drives the workflow's Choice. */
export type InvocationResult =
  | PollState
  | { v: 2; next: 'continue'; detect_task_id: string; continuation: { name: string; input: PollState } }
  | { v: 2; next: 'settled'; detect_task_id: string; output: Outcome }
  | { v: 2; next: 'abandoned'; detect_task_id: string; error: { code: string; message: string } }
  | { v: 2; next: 'rejected-input'; error: { code: 'InvalidInput'; message: string } };
