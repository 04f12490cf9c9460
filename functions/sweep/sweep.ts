import type { ExecutionStatus, Workflow } from '../control/workflow.ts';
/**
 * Closes what executions could not, so that nothing stays open: whoever is overdue in the `due` index is asked after
 * and taken up again, put off, ended or cleaned. What is healthy renews its due time by itself and is never met here.
 */
import { detectionError } from '../detection/error-codes.ts';
import type { DetectTaskId } from '../detection/input.ts';
import { isFinal } from '../detection/types.ts';
import type { Publish } from '../notify/publish.ts';
import { measureFinal } from '../poll/measure.ts';
import type { Found, Head } from '../records/item.ts';
import { currentDelivery, isPublished } from '../records/outbox.ts';
import type { Records } from '../records/records.ts';
import type { Measure } from '../telemetry/metrics.ts';
import { nameOf } from '../telemetry/safe-error.ts';
import { type SweepOutcome, sweepOutcomes, type SweepCounts } from './outcomes.ts';

export interface SweepDeps {
  records: Pick<
    Records,
    | 'read'
    | 'dueIds'
    | 'postpone'
    | 'abandonExpired'
    | 'deleteOrphans'
    | 'clearDue'
    | 'recordDelivery'
    | 'forget'
  >;
  /** Starts the execution of an open record, or the next attempt's where its name is used up. */
  ensureRunning: (head: Head) => Promise<Head | 'conflict'>;
  publish: Publish;
  /** Has the next attempt at a webhook made, here or elsewhere. */
  startDelivery: (detectTaskId: DetectTaskId) => Promise<void>;
  workflow: Pick<Workflow, 'status' | 'isLost'>;
  clock: { now(): number; sleep(ms: number): Promise<void> };
  /** How far ahead of its due time a record is looked at, for engines that know who is gone before that. */
  lookAheadMs?: number;
  /** One line for each record that something was done for: ids and words of ours. */
  log: (line: SweepLine) => void;
  measure: Measure;
}

type SweepLine = { detect_task_id: string; sweep: SweepOutcome; error?: string };

/** Describing executions is a quota of the account (refill 15 a second): this leaves a third of it to others. */
export const describeGapMs = 100;
/** An invocation's last call ends at the deadline; then it writes what it heard. */
const lastWordMs = 5_000;
/** An invocation that lost the race for a record deletes its pages itself, and lives no longer than four minutes. */
const pagesAreOrphansMs = 5 * 60_000;
/** Whoever was told to deliver gets this long to begin, before somebody is told again. */
const deliveryStartsMs = 5 * 60_000;
/** One record may be poisoned. So many in a row mean that a part of ours is down. */
const maxFailuresInARow = 10;

/** Executions are asked after at one service, others are told by another: either may be down. */
type Queue = 'executions' | 'publishing';
const queueOf = (current: Found): Queue =>
  current.kind === 'head' && isFinal(current.head.status) ? 'publishing' : 'executions';

/** The same ids, with these behind all others. */
async function* lastOf<Id>(last: ReadonlySet<Id>, ids: AsyncIterable<Id>): AsyncGenerator<Id> {
  const later: Id[] = [];
  for await (const id of ids) {
    if (last.has(id)) later.push(id);
    else yield id;
  }
  yield* later;
}

export function createSweep(deps: SweepDeps) {
  const { records, clock, lookAheadMs = 0 } = deps;
  let mayDescribeAtMs = -Infinity;
  /** Tried behind all others in later rounds, so that failures of one kind never hide records of another. */
  const failedBefore = new Set<DetectTaskId>();
  const overtimeMs = (head: Head): number => clock.now() - Date.parse(head.deadline_at);

  /** Works until `endsAtMs`; what is left then is still overdue at the next sweep. */
  return async function sweep(endsAtMs: number): Promise<SweepCounts> {
    const counts = Object.fromEntries(sweepOutcomes.map((outcome) => [outcome, 0])) as SweepCounts;
    const failures: Record<Queue, { inARow: number; last?: unknown }> = {
      executions: { inARow: 0 },
      publishing: { inARow: 0 },
    };
    for await (const detectTaskId of lastOf(failedBefore, records.dueIds(clock.now() + lookAheadMs))) {
      if (clock.now() >= endsAtMs) break;
      let queue: Queue = 'executions';
      try {
        const current = await records.read(detectTaskId);
        queue = queueOf(current);
        // What is down for one errand must not keep the other from being done.
        if (failures[queue].inARow >= maxFailuresInARow) {
          counts.failed += 1;
          continue;
        }
        const outcome = await see(detectTaskId, current);
        counts[outcome] += 1;
        failures[queue].inARow = 0;
        failedBefore.delete(detectTaskId);
        if (outcome !== 'skipped') deps.log({ detect_task_id: detectTaskId, sweep: outcome });
      } catch (error) {
        counts.failed += 1;
        failures[queue] = { inARow: failures[queue].inARow + 1, last: error };
        failedBefore.add(detectTaskId);
        deps.log({ detect_task_id: detectTaskId, sweep: 'failed', error: nameOf(error) });
      }
    }
    if (failures.executions.inARow >= maxFailuresInARow) throw failures.executions.last;
    return counts;
  };

  async function see(detectTaskId: DetectTaskId, current: Found): Promise<SweepOutcome> {
    if (current.kind === 'absent') return 'skipped';
    const seen = current.kind === 'forgotten' ? current.tombstone : current.head;
    const isOverdue = seen.due_at !== undefined && Date.parse(seen.due_at) <= clock.now();
    if (current.kind === 'forgotten') {
      // A forgetting that was cut short.
      if (!isOverdue) return 'skipped';
      await records.forget(detectTaskId);
      return 'cleaned';
    }
    const { head } = current;
    if (isFinal(head.status)) return isOverdue ? seeFinal(head) : 'skipped';
    if (await deps.workflow.isLost?.(head.execution_arn)) return takeUp(head, 'ended');
    return isOverdue ? takeUp(head, await describe(head)) : 'skipped';
  }

  async function describe(head: Head): Promise<ExecutionStatus> {
    const waitMs = mayDescribeAtMs - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs);
    mayDescribeAtMs = clock.now() + describeGapMs;
    try {
      return await deps.workflow.status(head.execution_arn);
    } catch (error) {
      // Before the deadline there is time to ask again; after it the record ends, whatever the execution does.
      if (overtimeMs(head) < lastWordMs) throw error;
      return 'unknown';
    }
  }

  async function takeUp(head: Head, status: ExecutionStatus): Promise<SweepOutcome> {
    if (status === 'aborted') return end(head, 'CANCELLED', 'cancelled');
    if (status === 'running' && overtimeMs(head) < lastWordMs)
      return (await records.postpone(head)) === 'conflict' ? 'skipped' : 'postponed';
    // Also where it runs: stuck in its retries, it would only find out later that it is too late.
    if (overtimeMs(head) >= 0) return end(head, 'EXECUTION_LOST', 'lost');
    return (await deps.ensureRunning(head)) === 'conflict' ? 'skipped' : 'restarted';
  }

  async function end(
    head: Head,
    code: 'CANCELLED' | 'EXECUTION_LOST',
    outcome: SweepOutcome,
  ): Promise<SweepOutcome> {
    const ended = await records.abandonExpired(head, detectionError(code));
    if (ended === 'conflict') return 'skipped';
    measureFinal(deps.measure, ended);
    try {
      await deps.publish(ended);
    } catch (error) {
      // It is final and still due: the next round tells of it.
      deps.log({ detect_task_id: ended.detect_task_id, sweep: 'failed', error: nameOf(error) });
    }
    return outcome;
  }

  async function seeFinal(head: Head): Promise<SweepOutcome> {
    const orphans = head.page_refs ?? new Set();
    const finalForMs = clock.now() - Date.parse(head.final_at ?? head.updated_at);
    if (orphans.size > 0 && finalForMs < pagesAreOrphansMs) return 'skipped';
    const cleaned = orphans.size > 0 ? await records.deleteOrphans(head, orphans) : head;
    if (cleaned === 'conflict') return 'skipped';
    if (isPublished(cleaned)) {
      const delivery = currentDelivery(cleaned);
      if (delivery?.state === 'pending') {
        await deps.startDelivery(cleaned.detect_task_id);
        // Where nobody comes for it, it must not stand before what is due after it.
        await records.recordDelivery(cleaned, delivery, clock.now() + deliveryStartsMs);
        return 'delivering';
      }
      return (await records.clearDue(cleaned)) === 'conflict' ? 'skipped' : 'cleaned';
    }
    if ((await deps.publish(cleaned)) === 'conflict') return 'skipped';
    // The workflow recorded this one by itself, and has nobody to measure it.
    if (cleaned.error?.code === 'EXECUTION_LOST') measureFinal(deps.measure, cleaned);
    return 'published';
  }
}
