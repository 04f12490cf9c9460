/**
 * Which execution polls the task. One rule for first invocations, rivals, duplicates and take-overs: an invocation reads
 * the record before it does anything else.
 */
import type { DetectTaskId, ExecutionInput } from '../detection/input.ts';
import { isFinal } from '../detection/types.ts';
import { conflictingField, conflictSentence } from '../records/conflicting-field.ts';
import { newHead, type LeaseHolder, wasBegunByWrongClock } from '../records/head.ts';
import type { Found, Head } from '../records/item.ts';
import { leaseExpiresAtMs } from '../records/lease.ts';
import type { Records } from '../records/records.ts';

export type Claim =
  /** This execution polls. `since` says whether it held the lease before this invocation. */
  | { kind: 'held'; head: Head; since: 'before' | 'now' }
  /** Another execution polls: wait for its record. */
  | { kind: 'rival'; head: Head }
  | { kind: 'final'; head: Head }
  /** The record was forgotten or has expired under a running execution. */
  | { kind: 'gone' }
  | { kind: 'invalid'; sentence: string };

export interface ClaimDeps {
  records: Records;
  now: () => number;
  /** True for an execution that is known to run no longer, before its lease has expired. */
  isLost?: ((executionArn: string) => Promise<boolean>) | undefined;
}

interface Execution extends Pick<LeaseHolder, 'execution_name' | 'execution_arn'> {
  /** When it asked for its first invocation, however late that comes. */
  startedMs?: number | undefined;
}

/**
 * `input` is given in an execution's first invocation only. `mayBeStale`: no write of another was noticed, so a holder
 * may go by an older state of the record. After a `'conflict'` the record has to be read again, as it stands.
 */
export async function claim(
  deps: ClaimDeps,
  execution: Execution,
  detectTaskId: DetectTaskId,
  input: ExecutionInput | undefined,
  mayBeStale: boolean,
): Promise<Claim | 'conflict'> {
  const { records, now } = deps;
  const { startedMs = -Infinity } = execution;
  const current = asBegun(await readFor(execution, records, detectTaskId, mayBeStale), execution);
  if (current.kind !== 'head' && input === undefined) return { kind: 'gone' };
  if (current.kind === 'absent' && input !== undefined) {
    const fresh = newHead(input, { attempt: 1, ...execution }, records.defaults, now());
    return held(records.create(fresh, { mayReplaceTombstone: false }), 'now');
  }
  if (current.kind !== 'head') {
    return {
      kind: 'invalid',
      sentence: 'detect_task_id: this detection was forgotten; only an explicit start takes it up again',
    };
  }
  const { head } = current;
  const conflict = input === undefined ? undefined : conflictingField(head, input);
  if (conflict !== undefined) return { kind: 'invalid', sentence: conflictSentence(conflict) };
  if (isFinal(head.status)) return { kind: 'final', head };
  const isMine = isHolder(head, execution) || isExpected(head, execution);
  if (isMine && input !== undefined && wasBegunByWrongClock(head, now(), startedMs))
    return held(records.beginNow(head, execution.execution_arn), 'before');
  if (isHolder(head, execution)) return { kind: 'held', head, since: 'before' };
  if (isExpected(head, execution))
    return held(records.bindExecution(head, execution.execution_arn), 'before');
  const hasExpired = leaseExpiresAtMs(head) <= now();
  if (!hasExpired && !(await deps.isLost?.(head.execution_arn))) return { kind: 'rival', head };
  return held(records.takeOverExpiredLease(head, execution), 'now');
}

/** A holder's later invocations are most: their writes fail where the lease was lost meanwhile. */
async function readFor(
  execution: Execution,
  records: Records,
  detectTaskId: DetectTaskId,
  mayBeStale: boolean,
): Promise<Found> {
  if (mayBeStale) {
    const lately = await records.readLately(detectTaskId);
    if (lately.kind === 'head' && !isFinal(lately.head.status) && isHolder(lately.head, execution))
      return lately;
  }
  return records.read(detectTaskId);
}

async function held(write: Promise<Head | 'conflict'>, since: 'before' | 'now'): Promise<Claim | 'conflict'> {
  const head = await write;
  return head === 'conflict' ? 'conflict' : { kind: 'held', head, since };
}

/** An open record outlives its deadline by a day: one that expired under its own execution has times of a wrong clock. */
function asBegun(current: Found, execution: Execution): Found {
  const head = current.kind === 'absent' ? current.expired : undefined;
  const isMine = head !== undefined && (isHolder(head, execution) || isExpected(head, execution));
  return isMine && !isFinal(head.status) ? { kind: 'head', head } : current;
}

/** The name alone may be another execution's: one of several Express executions, or one of a replaced state machine. */
const isHolder = (head: Head, { execution_name, execution_arn }: Execution): boolean =>
  head.execution_name === execution_name && head.execution_arn === execution_arn;

/** The record expects an execution by name. The ARN of an Express execution goes on behind the name. */
const isExpected = (head: Head, { execution_name, execution_arn }: Execution): boolean =>
  head.execution_name === execution_name && execution_arn.startsWith(`${head.execution_arn}:`);
