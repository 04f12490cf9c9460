/**
 * Whose task is it? One rule for first invocations, rivals, duplicates and whoever takes up after a crash: an invocation reads
 * the record, consistently, before it does anything else.
 */
import type { DetectTaskId, ExecutionInput } from '../detection/input.ts';
import { isFinal } from '../detection/types.ts';
import { conflictingField, conflictSentence, newHead, type LeaseHolder } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';

export type Claim =
  /** This execution polls. `since` tells whether it did before this invocation. */
  | { kind: 'held'; head: Head; since: 'before' | 'now' }
  /** Another one polls: wait for its record. */
  | { kind: 'rival'; head: Head }
  | { kind: 'final'; head: Head }
  /** Forgotten or expired under a running execution. */
  | { kind: 'gone' }
  | { kind: 'invalid'; sentence: string };

export interface ClaimDeps {
  records: Records;
  now: () => number;
  /** True where it is known that an execution no longer runs, before its record is overdue. */
  isLost?: ((executionArn: string) => Promise<boolean>) | undefined;
}

type Execution = Pick<LeaseHolder, 'execution_name' | 'execution_arn'>;

/** `input` is given on an execution's first invocation only. `'lost'` means: somebody wrote in between, look again. */
export async function claim(
  deps: ClaimDeps,
  execution: Execution,
  detectTaskId: DetectTaskId,
  input: ExecutionInput | undefined,
): Promise<Claim | 'conflict'> {
  const { records, now } = deps;
  const current = await records.read(detectTaskId);
  if (current.kind === 'absent') {
    if (input === undefined) return { kind: 'gone' };
    const fresh = newHead(input, { attempt: 1, ...execution }, records.defaults, now());
    const created = await records.create(fresh, { mayReplaceTombstone: false });
    return created === 'conflict' ? 'conflict' : { kind: 'held', head: created, since: 'now' };
  }
  if (current.kind === 'forgotten') {
    if (input === undefined) return { kind: 'gone' };
    return {
      kind: 'invalid',
      sentence: 'detect_task_id: this detection was forgotten; only an explicit start takes it up again',
    };
  }
  const { head } = current;
  const conflict = input === undefined ? undefined : conflictingField(head, input);
  if (conflict !== undefined) return { kind: 'invalid', sentence: conflictSentence(conflict) };
  if (isFinal(head.status)) return { kind: 'final', head };
  if (head.execution_name === execution.execution_name) {
    if (!mayHaveTwins(execution) || head.execution_arn === execution.execution_arn)
      return { kind: 'held', head, since: 'before' };
    if (execution.execution_arn.startsWith(`${head.execution_arn}:`)) {
      const begun = await records.bindExecution(head, execution.execution_arn);
      return begun === 'conflict' ? 'conflict' : { kind: 'held', head: begun, since: 'before' };
    }
  }
  const isOverdue = head.due_at === undefined || Date.parse(head.due_at) <= now();
  if (!isOverdue && !(await deps.isLost?.(head.execution_arn))) return { kind: 'rival', head };
  const taken = await records.takeOverExpiredLease(head, execution);
  return taken === 'conflict' ? 'conflict' : { kind: 'held', head: taken, since: 'now' };
}

/** A name starts as many Express executions as are asked for; each has an ARN of its own, which goes on behind the name. */
const mayHaveTwins = ({ execution_arn }: Execution): boolean => execution_arn.split(':')[5] === 'express';
