/**
 * The poll loop of the execution that holds a task's lease: acquire a slot, ask the provider, classify the answer, record
 * the observation, decide, act. It ends with what the workflow does next.
 */
import type { Clock } from '../clock.ts';
import { acquireSlot, type SlotDeps } from '../rate-limit/acquire-slot.ts';
import { feedbackOf } from '../rate-limit/feedback.ts';
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';
import { ask, type AskDeps } from './ask.ts';
import { decide, lastPollAtMs, resolveNotFound, type ResolvedObservation } from './decide.ts';
import { abandon, type FinishDeps, giveUp, settle } from './finish.ts';
import { createLeaseCheck, renewLease } from './lease.ts';
import { callTimeoutMs, inQueue, longestWaitMs, type Policy } from './policy.ts';
import { recordPoll, recordSlotWait, type Span, startProgress } from './progress.ts';
import { reportPoll } from './report.ts';
import type { InvocationResult, PollState } from './state.ts';
import { suspend, suspendUntilSlot } from './suspend.ts';

export interface PollLoopDeps extends AskDeps, FinishDeps {
  records: Records;
  clock: Clock;
  /** Drawn from [0, 1). */
  random: () => number;
  limiter?: SlotDeps['limiter'];
}

/** `'conflict'` means that this execution no longer holds the lease. */
export async function runPollLoop(
  deps: PollLoopDeps,
  held: Head,
  carried: PollState | undefined,
  span: Span,
): Promise<InvocationResult | 'conflict'> {
  const { clock, policy } = deps;
  const { detect_task_id: detectTaskId } = held;
  const start = startProgress(policy, held, carried, span, clock.now());
  const { deadlineAtMs, deadlineSeconds } = start;
  const latestPollMs = lastPollAtMs(policy, start);
  const notBeforeMs = Date.parse(carried?.not_before ?? '');
  if (clock.now() > latestPollMs) return giveUp(deps, start);
  if (notBeforeMs > clock.now() && notBeforeMs <= clock.now() + longestWaitMs(policy))
    return suspend(deps, start, notBeforeMs, carried?.slot);
  const head = await renewLease(deps, held);
  if (head === 'conflict') return 'conflict';
  const isStillHeld = createLeaseCheck(deps, head);
  const timeoutMs = () => Math.min(callTimeoutMs(policy, deadlineSeconds), deadlineAtMs - clock.now());

  for (let progress = { ...start, head }, slot = carried?.slot; ; slot = undefined) {
    if (!(await isStillHeld())) return 'conflict';
    const acquired = await acquireSlot(deps, detectTaskId, slot, {
      waitUntilMs: Math.min(progress.invocationEndsAtMs, clock.now() + policy.longestSlotPauseMs),
      latestMs: latestPollMs,
    });
    if (acquired.kind === 'none') return giveUp(deps, progress, acquired.hold);
    progress = recordSlotWait(progress, acquired.slotWaitMs, clock.now());
    if (acquired.kind === 'later') return suspendUntilSlot(deps, progress, acquired);

    const askedAtMs = clock.now();
    const asked = await ask(deps, detectTaskId, timeoutMs);
    if (asked.observation === undefined) return giveUp(deps, progress);
    const moment = { ...progress, nowMs: clock.now() };
    const observation = resolveNotFound(asked.observation, progress.history, moment, policy);
    progress = recordPoll(progress, observation, asked.calls, clock.now());
    const schedule = acquired.isQueued ? inQueue(policy) : policy;
    const decision = decide(observation, progress.history, moment, schedule, deps.random());
    progress = reportPoll(deps, progress, { observation, calls: asked.calls }, decision, clock.now());
    const feedback = feedbackOf(observation);
    if (feedback !== undefined) await deps.limiter?.applyFeedback(detectTaskId, feedback);

    switch (decision.next) {
      case 'poll':
        await clock.sleep(pauseMs(decision.inMs, observation, clock.now() - askedAtMs, policy));
        break;
      case 'wait':
        return suspend(deps, progress, clock.now() + decision.waitSeconds * 1_000);
      case 'settle':
        return settle(deps, progress, decision);
      case 'abandon':
        return abandon(deps, progress, decision);
    }
  }
}

/** What a pending task answered was true about half the call ago: the gap counts from there. */
const pauseMs = (inMs: number, { kind }: ResolvedObservation, callMs: number, policy: Policy): number =>
  Math.max(inMs - (kind === 'pending' ? Math.floor(callMs / 2) : 0), policy.minPauseMs);
