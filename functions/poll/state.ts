/**
 * What travels between a visit and the workflow: small, versioned, never faces, keys or URLs.
 * Running executions meet newer code, so a released shape stays readable for as long as an execution may run.
 */
import * as z from 'zod/mini';

import { abandonmentCodes } from '../detection/error-codes.ts';
import { DetectTaskId } from '../detection/input.ts';
import { type Outcome } from '../detection/types.ts';

const Count = z.int().check(z.gte(0));

/** The state carried from one visit to the next. */
export const Carried = z.object({
  v: z.literal(1),
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
  /** Totals over all attempts, the current visit not included. */
  polls: Count,
  visits: Count,
  transitions: Count,
  lambda_ms: Count,
  legs: z.optional(Count),
  /** Without the execution under way. */
  workflow_ms: z.optional(Count),
  /** When the execution under way began; what an execution is handed by the one before it has none yet. */
  leg_since: z.optional(z.string()),
  /** Nobody is to be asked before: what is left of a wait that the execution before did not live to see. */
  not_before: z.optional(z.string()),
});
export type Carried = z.infer<typeof Carried>;

/** What the Poll state hands to a visit. `state` is the execution's input at first, a `Carried` afterwards. */
export const VisitEvent = z.object({
  state: z.unknown(),
  execution_name: z.string(),
  execution_arn: z.string(),
  /** When the workflow began to want this visit, however often it had to ask. */
  entered_at: z.optional(z.string()),
});
export type VisitEvent = z.infer<typeof VisitEvent>;

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

/** What a visit answers: `next` drives the workflow's Choice. */
export type VisitAnswer =
  | Carried
  | { v: 1; next: 'relay'; detect_task_id: string; leg: { name: string; input: Carried } }
  | { v: 1; next: 'settled'; detect_task_id: string; output: Outcome }
  | { v: 1; next: 'abandoned'; detect_task_id: string; error: { code: string; message: string } }
  | { v: 1; next: 'refused'; error: { code: 'InvalidInput'; message: string } };
