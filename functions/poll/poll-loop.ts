/**
 * What the owner of a task does in one invocation: ask the provider, classify, decide; again while waiting here is the cheaper
 * way; then settle, abandon, or hand the wait to the workflow.
 */
import { abandonmentCodes, detectionError } from '../detection/error-codes.ts';
import { taskSinceMs } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';
import type { Measure } from '../telemetry/metrics.ts';
import { accountingOf } from './accounting.ts';
import { feedbackOf, inQueue, acquireSlot, type SlotDeps } from './acquire-slot.ts';
import { answerOf, carry, finalAnswer, historyOf, continuation, startOfHistory } from './answer.ts';
import { ask, type AskDeps } from './ask.ts';
import { successorOf, segmentOf, waitUntilMs } from './continuation.ts';
import { decide, resolveNotFound, lastPollAtMs, recordObservation } from './decide.ts';
import { isStillHeldByMe, shouldRenewLease, type Span, invocationEndsAtMs } from './lease.ts';
import { logLine, type PollLine } from './log-line.ts';
import { measureFinal, measurePoll } from './measure.ts';
import { callTimeoutMs } from './policy.ts';
import type { PollState, InvocationResult } from './state.ts';

export interface PollLoopDeps extends AskDeps {
  records: Records;
  clock: { now(): number; sleep(ms: number): Promise<void> };
  /** Drawn from [0, 1). */
  random: () => number;
  /** Tells others of a final record, as far as that goes now; never rejects. */
  tell: (head: Head) => Promise<void>;
  /** One line of what was seen: ids, kinds and counts; never a key, a link or the provider's text. */
  log: (line: PollLine) => void;
  rate?: SlotDeps['rate'];
  measure: Measure;
}

/** After so long an invocation makes sure that nobody has ended the task meanwhile, or taken it over. */
const lookAgainMs = 30_000;
/** `'lost'` means: the record is no longer this execution's. */
export async function runPollLoop(
  deps: PollLoopDeps,
  owned: Head,
  carried: PollState | undefined,
  span: Span,
): Promise<InvocationResult | 'conflict'> {
  const { records, clock, policy } = deps;
  let head = owned;
  const { detect_task_id: detectTaskId, deadline_seconds: deadlineSeconds } = head;
  const deadlineAtMs = Date.parse(head.deadline_at);
  const segment = segmentOf(head.execution_name, carried, span.enteredMs, policy);
  const pollingSinceMs = carried === undefined ? clock.now() : Date.parse(carried.polling_since);
  let history = carried === undefined ? startOfHistory(head) : historyOf(carried);
  let pendingAtMs = Date.parse(carried?.pending_at ?? '');
  let polls = 0;
  let seenAtMs = clock.now();

  const moment = () => ({
    nowMs: clock.now(),
    taskSinceMs: taskSinceMs(head),
    pollingSinceMs,
    invocationEndsAtMs: invocationEndsAtMs(policy, segment, span),
    deadlineAtMs,
    deadlineSeconds,
  });
  const accounting = (statesToCome: number) =>
    accountingOf({
      before: carried ?? head,
      segment,
      startedMs: span.startedMs,
      nowMs: clock.now(),
      polls,
      statesToCome,
    });

  /** A write that made the record final, or lost to somebody's. */
  async function finish(write: Promise<Head | 'conflict'>): Promise<InvocationResult | 'conflict'> {
    const heardAtMs = clock.now();
    const written = await write;
    if (written === 'conflict') return 'conflict';
    measureFinal(deps.measure, written, heardAtMs - pendingAtMs);
    await deps.tell(written);
    return finalAnswer(written);
  }
  function giveUp(code = history.codeAtDeadline): Promise<InvocationResult | 'conflict'> {
    deps.log({ detect_task_id: detectTaskId, next: 'abandon', code, polls });
    return finish(records.abandon(head, detectionError(code), accounting(2)));
  }

  /**
   * The workflow waits, in this execution or in the one after it; `slot` is booked for the poll behind the wait. Only
   * news are written.
   */
  async function leave(nextPollMs: number, slot?: number): Promise<InvocationResult | 'conflict'> {
    const handOff = { head, history, pollingSinceMs, segment, pendingAtMs, slot };
    const nowMs = clock.now();
    const untilMs = waitUntilMs(nextPollMs, nowMs, segment, policy);
    if (untilMs === undefined) {
      const successor = successorOf(head, segment);
      const totals = accounting(2);
      const given = await records.handOff(head, successor, { nextPollMs, ...totals });
      if (given === 'conflict') return 'conflict';
      return continuation(
        { ...handOff, waitSeconds: 0, notBeforeMs: nextPollMs },
        totals,
        successor.execution_name,
      );
    }
    const isNews = head.status === 'starting' && history.hasSeenProcessing;
    const mustRenew = shouldRenewLease(head, nextPollMs, policy);
    if (isNews || mustRenew) {
      const news = {
        ...(mustRenew && { nextPollMs }),
        ...(isNews && { status: 'processing' as const }),
      };
      // An execution counts when it ends, and states with what is carried: a first invocation that is repeated, even after
      // others, goes on from the record, and would count them again.
      const { workflow_ms = 0, transitions } = carried ?? head;
      const totals = accounting(0);
      const soFar = { ...totals, executions: totals.executions - 1, workflow_ms, transitions };
      const written = await records.progress(head, { ...news, ...soFar });
      if (written === 'conflict') return 'conflict';
    }
    const waitSeconds = Math.ceil((untilMs - nowMs) / 1_000);
    const notBeforeMs = untilMs < nextPollMs ? nextPollMs : undefined;
    const { workflow_ms } = carried ?? head;
    return carry({ ...handOff, waitSeconds, notBeforeMs }, { ...accounting(0), workflow_ms });
  }

  const lastPollMs = lastPollAtMs(policy, { deadlineAtMs, deadlineSeconds });
  if (clock.now() > lastPollMs) return giveUp();
  let slot = carried?.slot;
  const notBeforeMs = Date.parse(carried?.not_before ?? '');
  if (notBeforeMs > clock.now()) return leave(notBeforeMs, slot);
  if (shouldRenewLease(head, clock.now(), policy)) {
    const renewed = await records.progress(head, {
      nextPollMs: clock.now(),
    });
    if (renewed === 'conflict') return 'conflict';
    head = renewed;
  }
  for (;;) {
    if (clock.now() - seenAtMs >= lookAgainMs) {
      if (!(await isStillHeldByMe(records, head))) return 'conflict';
      seenAtMs = clock.now();
    }
    const times = {
      invocationEndsAtMs: Math.min(moment().invocationEndsAtMs, clock.now() + policy.longestPauseMs),
      lastPollAtMs: lastPollMs,
    };
    const turn = await acquireSlot(deps, detectTaskId, slot, times);
    if (turn.kind === 'never') return giveUp(abandonmentCodes.find((code) => code === turn.hold));
    if (turn.kind === 'later') {
      const { waitSeconds } = turn;
      deps.log({ detect_task_id: detectTaskId, next: 'wait', wait_seconds: waitSeconds, polls });
      return leave(clock.now() + waitSeconds * 1_000, turn.slot);
    }
    slot = undefined;
    const timeoutMs = () => Math.min(callTimeoutMs(policy, deadlineSeconds), deadlineAtMs - clock.now());
    const askedAtMs = clock.now();
    const asked = await ask(deps, detectTaskId, timeoutMs);
    polls += asked.calls;
    if (asked.observation === undefined) return giveUp();
    const observation = resolveNotFound(asked.observation, history, moment(), policy);
    history = recordObservation(history, observation);
    const schedule = turn.isQueued ? inQueue(policy) : policy;
    const decision = decide(observation, history, moment(), schedule, deps.random());
    if (observation.kind === 'pending') pendingAtMs = clock.now();
    measurePoll(deps.measure, asked.calls, observation.kind);
    deps.log({ detect_task_id: detectTaskId, ...logLine(observation, decision), polls });
    const feedback = feedbackOf(observation);
    if (feedback !== undefined) await deps.rate?.applyFeedback(detectTaskId, feedback);
    switch (decision.next) {
      case 'poll': {
        // What a pending task answered was true about half the call ago: the gap counts from there.
        const sinceMs = observation.kind === 'pending' ? Math.floor((clock.now() - askedAtMs) / 2) : 0;
        await clock.sleep(Math.max(decision.inMs - sinceMs, policy.minPauseMs));
        break;
      }
      case 'settle':
        return finish(records.complete(head, answerOf(decision.answer), accounting(2)));
      case 'abandon':
        return finish(records.abandon(head, detectionError(decision.code, decision.provider), accounting(2)));
      case 'wait':
        return leave(clock.now() + decision.waitSeconds * 1_000);
    }
  }
}
