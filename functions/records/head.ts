/** How a record begins, and how long an attempt at it may take. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { iso } from '../clock.ts';
import type { CallbackRule } from '../detection/callback-rule.ts';
import { deadlineBounds, type ExecutionInput, type DetectTaskId } from '../detection/input.ts';
import type { FinalStatus, Status } from '../detection/types.ts';
import type { Head } from './item.ts';
import { shardOf, statusShard } from './table.ts';

/** A stack's settings for all its records. */
export interface RecordDefaults {
  deadlineSeconds: number;
  retentionSeconds: number;
  shards: number;
  /** By default any https URL on port 443 of a public host. */
  callbacks?: CallbackRule;
  archives?: boolean;
}

/** What `createRecords` is given. */
export interface RecordsDeps {
  client: DynamoDBClient;
  tableName: string;
  defaults: RecordDefaults;
  now: () => number;
  /** Deletes every archived picture of a task up to this attempt; absent where none can be. */
  deletePictures?: ((detectTaskId: DetectTaskId, attempt: number) => Promise<void>) | undefined;
}

/** The execution that polls a task: its name is known before it starts, the whole ARN of an Express one only after. */
export interface LeaseHolder {
  attempt: number;
  execution_name: string;
  execution_arn: string;
}

/** What a task has used, over all attempts. */
export interface Accounting {
  polls: number;
  invocations: number;
  transitions: number;
  lambda_ms: number;
  executions: number;
  workflow_ms: number;
  memory_mb: number;
}

/** The provider's `detect_id` lives this long; when the hour starts is not stated. */
const usableMs = 60 * 60_000;
/** A lease outlives the holder's next step by this long; so does all else that is due. */
export const dueLeadMs = 5 * 60_000;

/** When the lease expires of a holder whose next step is at `needMs`: never later than the deadline. */
export const dueAt = (needMs: number, deadlineAt: string): string =>
  iso(Math.min(needMs + dueLeadMs, Date.parse(deadlineAt)));

/** The longest deadline is a day, and the longest gap of a webhook little more. */
export const longestAheadMs = 2 * 24 * 60 * 60_000;

/** A time that is further ahead, or none at all, was written by a clock that was wrong: it would be due much too late. */
export function isDueAt(at: string | undefined, nowMs: number): boolean {
  if (at === undefined) return false;
  const aheadMs = Date.parse(at) - nowMs;
  return !(aheadMs > 0 && aheadMs <= longestAheadMs);
}

/** For what is done at once: the sweep leaves it alone for some minutes. */
export const dueOf = (detectTaskId: DetectTaskId, nowMs: number, shards: number) => ({
  due_at: iso(nowMs + dueLeadMs),
  due_shard: shardOf(detectTaskId, shards),
});

/** The attributes that follow from a status: the index's key moves with it. */
export const statusOf = (
  detectTaskId: DetectTaskId,
  status: Status,
  shards: number,
): Pick<Head, 'status' | 'status_shard'> => ({
  status,
  status_shard: statusShard(status, shardOf(detectTaskId, shards)),
});

/** Without an explicit deadline, polling ends at `usable_until`: a later result would be of no use. */
function deadlineOf(input: ExecutionInput, defaults: RecordDefaults, nowMs: number): number {
  if (input.deadline_seconds !== undefined) return input.deadline_seconds;
  const submittedMs = input.submitted_at === undefined ? Number.NaN : Date.parse(input.submitted_at);
  const usableForMs = submittedMs + usableMs - nowMs;
  if (!(usableForMs > 0)) return defaults.deadlineSeconds;
  return Math.max(
    Math.min(defaults.deadlineSeconds, Math.floor(usableForMs / 1_000)),
    deadlineBounds.minSeconds,
  );
}

/** The attributes of one attempt that begins now. */
export function attemptOf(
  detectTaskId: DetectTaskId,
  holder: LeaseHolder,
  deadlineSeconds: number,
  shards: number,
  nowMs: number,
) {
  const deadline_at = iso(nowMs + deadlineSeconds * 1_000);
  return {
    ...statusOf(detectTaskId, 'starting', shards),
    ...holder,
    deadline_seconds: deadlineSeconds,
    deadline_at,
    due_at: dueAt(nowMs, deadline_at),
    due_shard: shardOf(detectTaskId, shards),
    updated_at: iso(nowMs),
  };
}

export const expiresAt = (nowMs: number, defaults: RecordDefaults): number =>
  Math.floor(nowMs / 1_000) + defaults.retentionSeconds;

/** An open record is kept until it must be final, and the sweep had a day to make it so: then its retention begins. */
export const openUntil = (nowMs: number, deadlineSeconds: number, defaults: RecordDefaults): number =>
  Math.max(expiresAt(nowMs, defaults), Math.floor(nowMs / 1_000) + deadlineSeconds + 86_400);

export function newHead(
  input: ExecutionInput,
  holder: LeaseHolder,
  defaults: RecordDefaults,
  nowMs: number,
): Head {
  const { detect_task_id, deadline_seconds: _, ...caller } = input;
  const deadlineSeconds = deadlineOf(input, defaults, nowMs);
  return {
    detect_task_id,
    ...attemptOf(detect_task_id, holder, deadlineSeconds, defaults.shards, nowMs),
    polls: 0,
    invocations: 0,
    transitions: 0,
    lambda_ms: 0,
    executions: 0,
    workflow_ms: 0,
    ...caller,
    ...createdAt(caller, nowMs),
    expires_at: openUntil(nowMs, deadlineSeconds, defaults),
  };
}

/** When a record begins, and until when its answer is of use. */
export function createdAt({ submitted_at }: Pick<Head, 'submitted_at'>, nowMs: number) {
  const usableFromMs = submitted_at === undefined ? nowMs : Date.parse(submitted_at);
  return {
    created_at: iso(nowMs),
    usable_until: iso(usableFromMs + usableMs),
    usable_until_assumed: submitted_at === undefined,
  };
}

/** More than any two right clocks differ. */
const clocksApartMs = 60_000;

/**
 * Nothing was written since the attempt began, which was in the future, or so long ago that its own first execution
 * started behind its deadline: the clock that it was begun by was wrong.
 */
export function wasBegunByWrongClock(head: Head, nowMs: number, startedMs: number): boolean {
  const begunMs = Date.parse(head.updated_at);
  const deadlineMs = Date.parse(head.deadline_at);
  const isUntouched = head.status === 'starting' && begunMs + head.deadline_seconds * 1_000 === deadlineMs;
  return isUntouched && (begunMs > nowMs + clocksApartMs || deadlineMs <= startedMs);
}

/**
 * The attributes of a record that becomes final now; its retention begins anew. It keeps its `due_at` until it is
 * published: from here on that is an outbox entry.
 */
export const finalAttributes = (
  { detect_task_id, created_at, expires_at }: Pick<Head, 'detect_task_id' | 'created_at' | 'expires_at'>,
  status: FinalStatus,
  defaults: RecordDefaults,
  nowMs: number,
) => {
  // By a clock that is behind: the record was there already, and must not expire at once. There is no bound ahead: by a
  // clock that was set right meanwhile, a record that was begun behind has expired, and must be kept like any other.
  const finalMs = Math.max(nowMs, Date.parse(created_at));
  return {
    ...statusOf(detect_task_id, status, defaults.shards),
    final_at: iso(finalMs),
    updated_at: iso(finalMs),
    expires_at:
      nowMs < finalMs ? Math.max(expiresAt(finalMs, defaults), expires_at) : expiresAt(nowMs, defaults),
  };
};
