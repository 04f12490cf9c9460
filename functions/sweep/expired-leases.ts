/** What the sweep does about an open record whose lease has expired. */
import type { Clock } from '../clock.ts';
import type { ExecutionStatus, Workflow } from '../control/workflow.ts';
import { detectionError } from '../detection/error-codes.ts';
import type { Publish } from '../notify/publish.ts';
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';
import { measureFinal } from '../telemetry/measure-final.ts';
import type { Measure } from '../telemetry/metrics.ts';
import { nameOf } from '../telemetry/safe-error.ts';
import type { SweepLine, SweepOutcome } from './outcomes.ts';

export interface LeaseSweepDeps {
  records: Records;
  workflow: Pick<Workflow, 'status' | 'isLost'>;
  /** Starts the execution of an open record, or the next attempt's where its name is used up. */
  ensureRunning: (head: Head) => Promise<Head | 'conflict'>;
  publish: Publish;
  clock: Clock;
  log: (line: SweepLine) => void;
  measure: Measure;
}

/** DescribeExecution has a quota in the account (refill 15 a second): this leaves a third of it. */
export const describeGapMs = 100;
/** A last call to the provider ends at the deadline; its invocation needs this long to write the answer. */
const lastWriteMs = 5_000;

export function createLeaseSweep(deps: LeaseSweepDeps) {
  const { records, workflow, clock } = deps;
  let mayDescribeAtMs = -Infinity;
  const overtimeMs = (head: Head): number => clock.now() - Date.parse(head.deadline_at);

  async function describe(head: Head): Promise<ExecutionStatus> {
    // Never longer than that: the clock may have been set back.
    const waitMs = Math.min(mayDescribeAtMs - clock.now(), describeGapMs);
    if (waitMs > 0) await clock.sleep(waitMs);
    mayDescribeAtMs = clock.now() + describeGapMs;
    try {
      return await workflow.status(head.execution_arn);
    } catch (error) {
      // Before the deadline the next sweep asks again; after it the record ends, whatever the execution does.
      if (overtimeMs(head) < lastWriteMs) throw error;
      return 'unknown';
    }
  }

  async function finish(head: Head, status: ExecutionStatus): Promise<SweepOutcome> {
    if (status === 'aborted') return abandon(deps, head, 'CANCELLED', 'cancelled');
    if (status === 'running' && overtimeMs(head) < lastWriteMs)
      return (await records.postpone(head)) === 'conflict' ? 'skipped' : 'postponed';
    // Also where the execution runs: stuck in its retries, it would find out even later.
    if (overtimeMs(head) >= 0) return abandon(deps, head, 'EXECUTION_LOST', 'lost');
    return (await deps.ensureRunning(head)) === 'conflict' ? 'skipped' : 'restarted';
  }

  return async function sweepLease(head: Head, isExpired: boolean): Promise<SweepOutcome> {
    if (await workflow.isLost?.(head.execution_arn)) return finish(head, 'ended');
    return isExpired ? finish(head, await describe(head)) : 'skipped';
  };
}

async function abandon(
  { records, publish, log, measure }: LeaseSweepDeps,
  head: Head,
  code: 'CANCELLED' | 'EXECUTION_LOST',
  outcome: SweepOutcome,
): Promise<SweepOutcome> {
  const abandoned = await records.abandonExpired(head, detectionError(code));
  if (abandoned === 'conflict') return 'skipped';
  measureFinal(measure, abandoned);
  try {
    await publish(abandoned);
  } catch (error) {
    // The record is final and still due: the next sweep publishes it.
    log({ detect_task_id: abandoned.detect_task_id, sweep: 'failed', error: nameOf(error) });
  }
  return outcome;
}
