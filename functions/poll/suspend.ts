/** Leaves the wait for the next poll to the workflow. */
import type { Records } from '../records/records.ts';
import { endOfExecution, soFarForRecord, withinExecution } from './accounting.ts';
import { successorOf, waitUntilMs } from './continuation.ts';
import { shouldRenewLease } from './lease.ts';
import type { Policy } from './policy.ts';
import type { Progress } from './progress.ts';
import type { ReportDeps } from './report.ts';
import { continueResult, waitResult } from './result.ts';
import type { InvocationResult } from './state.ts';

interface SuspendDeps {
  records: Pick<Records, 'handOff' | 'progress'>;
  clock: { now(): number };
  policy: Policy;
}

type Suspended = Promise<InvocationResult | 'conflict'>;

/** In this execution, or in its successor. `slot` is reserved for the poll behind the wait. */
export function suspend(deps: SuspendDeps, progress: Progress, nextPollMs: number, slot?: number): Suspended {
  const nowMs = deps.clock.now();
  const untilMs = waitUntilMs(nextPollMs, nowMs, progress.segment, deps.policy);
  if (untilMs === undefined) return continueInSuccessor(deps, progress, nextPollMs, slot);
  const waitSeconds = Math.ceil((untilMs - nowMs) / 1_000);
  return waitInExecution(deps, progress, { nextPollMs, slot, waitSeconds, untilMs });
}

/** Until the slot that is reserved for the next poll is due. */
export function suspendUntilSlot(
  deps: SuspendDeps & Pick<ReportDeps, 'log'>,
  progress: Progress,
  { slot, waitSeconds }: { slot: number; waitSeconds: number },
): Suspended {
  const { head, before, polls } = progress;
  deps.log({
    detect_task_id: head.detect_task_id,
    next: 'wait',
    wait_seconds: waitSeconds,
    polls: before.polls + polls,
  });
  return suspend(deps, progress, deps.clock.now() + waitSeconds * 1_000, slot);
}

async function continueInSuccessor(
  { records, clock }: SuspendDeps,
  progress: Progress,
  nextPollMs: number,
  slot: number | undefined,
): Suspended {
  const { head } = progress;
  const successor = successorOf(head);
  const totals = endOfExecution(progress, clock.now());
  const handedOff = await records.handOff(head, successor, { nextPollMs, ...totals });
  if (handedOff === 'conflict') return 'conflict';
  const handOff = { ...progress, waitSeconds: 0, notBeforeMs: nextPollMs, slot };
  return continueResult(handOff, totals, successor.execution_name);
}

async function waitInExecution(
  { records, clock, policy }: SuspendDeps,
  progress: Progress,
  wait: { nextPollMs: number; slot: number | undefined; waitSeconds: number; untilMs: number },
): Suspended {
  const { head, history } = progress;
  const { nextPollMs, slot, waitSeconds, untilMs } = wait;
  const mustRenew = shouldRenewLease(head, nextPollMs, policy);
  const hasBegun = head.status === 'starting' && history.hasSeenProcessing;
  // A write that tells readers nothing new is left out.
  if (hasBegun || mustRenew) {
    const written = await records.progress(head, {
      ...(mustRenew && { nextPollMs }),
      ...(hasBegun && { status: 'processing' as const }),
      ...soFarForRecord(progress, clock.now()),
    });
    if (written === 'conflict') return 'conflict';
  }
  const notBeforeMs = untilMs < nextPollMs ? nextPollMs : undefined;
  return waitResult({ ...progress, waitSeconds, notBeforeMs, slot }, withinExecution(progress, clock.now()));
}
