/**
 * Finishes what executions could not: expired leases are postponed, taken over or ended; final records are published;
 * crashed deletions are completed. A healthy execution renews its lease in time and is never met here.
 */
import type { Clock } from '../clock.ts';
import type { DetectTaskId } from '../detection/input.ts';
import { isFinal } from '../detection/types.ts';
import { isDueAt } from '../records/head.ts';
import type { Found } from '../records/item.ts';
import { isExpiring } from '../records/table.ts';
import { metrics } from '../telemetry/metrics.ts';
import { nameOf } from '../telemetry/safe-error.ts';
import { createLeaseSweep, type LeaseSweepDeps } from './expired-leases.ts';
import { createOutboxSweep, type OutboxSweepDeps } from './outbox.ts';
import type { SweepCounts, SweepLine, SweepOutcome } from './outcomes.ts';

export interface SweepDeps extends LeaseSweepDeps, OutboxSweepDeps {
  clock: Clock;
  /** Records due within this time are looked at too: `workflow.isLost` may know early that an execution is gone. */
  lookAheadMs?: number;
  log: (line: SweepLine) => void;
}

/** A single record may fail for ever. This many in a row mean that a service is down. */
const maxFailuresInARow = 10;

/** Expired leases need Step Functions, outbox entries the event bus: one of the two may be down. */
type Queue = 'leases' | 'outbox';
const queueOf = (current: Found): Queue =>
  current.kind === 'head' && isFinal(current.head.status) ? 'outbox' : 'leases';

export function createSweep(deps: SweepDeps) {
  const { records, clock, lookAheadMs = 0 } = deps;
  const sweepOne = createSweepOne(deps);
  /** Tried after all others in later sweeps, so that records that fail for ever never hide others. */
  const failedBefore = new Set<DetectTaskId>();

  /** Works until `endsAtMs`; the rest is still due at the next sweep. */
  return async function sweep(endsAtMs: number): Promise<SweepCounts> {
    const counts = Object.fromEntries(metrics.swept.by.values.map((outcome) => [outcome, 0])) as SweepCounts;
    const failures: Record<Queue, { inARow: number; last?: unknown }> = {
      leases: { inARow: 0 },
      outbox: { inARow: 0 },
    };
    for await (const detectTaskId of lastOf(failedBefore, records.dueIds(clock.now() + lookAheadMs))) {
      if (clock.now() >= endsAtMs) break;
      let queue: Queue = 'leases';
      try {
        const current = await records.read(detectTaskId);
        queue = queueOf(current);
        // A queue whose service is down must not keep the other from being worked through.
        if (failures[queue].inARow >= maxFailuresInARow) {
          counts.failed += 1;
          continue;
        }
        const outcome = await sweepOne(detectTaskId, current);
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
    if (failures.leases.inARow >= maxFailuresInARow) throw failures.leases.last;
    return counts;
  };
}

/** The same ids, these after all others. */
async function* lastOf<Id>(last: ReadonlySet<Id>, ids: AsyncIterable<Id>): AsyncGenerator<Id> {
  const later: Id[] = [];
  for await (const id of ids) {
    if (last.has(id)) later.push(id);
    else yield id;
  }
  yield* later;
}

function createSweepOne(deps: SweepDeps) {
  const { records, clock } = deps;
  const sweepLease = createLeaseSweep(deps);
  const sweepOutbox = createOutboxSweep(deps);

  return async function sweepOne(detectTaskId: DetectTaskId, current: Found): Promise<SweepOutcome> {
    if (current.kind === 'absent') return 'skipped';
    const { due_at, due_shard } = current.kind === 'forgotten' ? current.tombstone : current.head;
    const isDue = isExpiring(due_shard)
      ? Date.parse(due_at ?? '') <= clock.now()
      : isDueAt(due_at, clock.now());
    if (current.kind === 'forgotten') {
      if (!isDue) return 'skipped';
      // A crash cut the deletion short.
      await records.forget(detectTaskId);
      return 'cleaned';
    }
    if (!isFinal(current.head.status)) return sweepLease(current.head, isDue);
    return isDue ? sweepOutbox(current.head) : 'skipped';
  };
}
