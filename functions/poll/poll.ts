/**
 * One visit: find out whose task it is, ask the provider, judge, decide; again while the visit's budget lasts; then
 * settle, abandon, or hand the wait to the workflow. Running it twice is harmless: the record decides who polls, and
 * its conditions decide who writes.
 */
import { callbackFault } from '../deliver/callback-url.ts';
import {
  abandonmentCodes,
  type CallbackRule,
  detectionError,
  ExecutionInput,
  firstFault,
} from '../detection.ts';
import { dueAt, taskSinceMs } from '../detections/head.ts';
import type { Head } from '../detections/item.ts';
import type { Accounting } from '../detections/settle.ts';
import type { Store } from '../detections/store.ts';
import type { Measure } from '../metrics.ts';
import { abandoned, answerOf, carry, finalAnswer, historyOf, refused, startOfHistory } from './answer.ts';
import { ask, type AskDeps } from './ask.ts';
import { claim, type ClaimDeps } from './claim.ts';
import { decide, interpret, lastPollAtMs, pendingGapMs, remember } from './decide.ts';
import { logLine, type PollLine } from './log-line.ts';
import { measureFinal, measurePoll } from './measure.ts';
import { callTimeoutMs, reserveSeconds } from './policy.ts';
import { Carried, type VisitAnswer, VisitEvent } from './state.ts';
import { brakeOf, inQueue, takeTurn, type TurnDeps } from './turn.ts';

interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface PollDeps extends AskDeps {
  store: Store;
  clock: Clock;
  /** Drawn from [0, 1). */
  random: () => number;
  isLost?: ClaimDeps['isLost'];
  rate?: TurnDeps['rate'];
  /** Tells others of a final record, as far as that goes now; never rejects. */
  tell: (head: Head) => Promise<void>;
  /** One line of what was seen: ids, kinds and counts; never a key, a link or the provider's text. */
  log: (line: PollLine) => void;
  measure: Measure;
}

/** A due time this near would pass while the next visit is still at work. */
const renewDueMs = 60_000;
/** Each lost race means that somebody else's write went through. */
const maxLostRaces = 10;

export function createPoll(deps: PollDeps) {
  const { store, clock } = deps;
  const claimDeps: ClaimDeps = { store, now: () => clock.now(), isLost: deps.isLost };

  /** `endsAtMs`: when the invocation would be stopped. */
  return async function visit(event: unknown, endsAtMs: number): Promise<VisitAnswer> {
    const startedMs = clock.now();
    const { state, ...execution } = VisitEvent.parse(event);
    const received = receive(state, store.defaults.callbacks);
    if ('refusal' in received) return refused(received.refusal);
    const { detectTaskId, input, carried } = received;

    for (let races = 0; races < maxLostRaces; races++) {
      const claimed = await claim(claimDeps, execution, detectTaskId, input);
      if (claimed === 'lost') continue;
      switch (claimed.kind) {
        case 'refused':
          return refused(claimed.sentence);
        case 'gone':
          return abandoned(detectTaskId, detectionError('CANCELLED'));
        case 'final':
          return finalAnswer(claimed.head);
        case 'rival':
          return waitForRival(deps, claimed.head);
        case 'mine': {
          const was = claimed.since === 'before' ? carried : undefined;
          const answer = await pollWhileItLasts(deps, claimed.head, was, { startedMs, endsAtMs });
          if (answer !== 'lost') return answer;
        }
      }
    }
    throw new Error(`${detectTaskId}: lost ${maxLostRaces} races for its record in one visit`);
  };
}

type Received =
  | { detectTaskId: string; input: ExecutionInput | undefined; carried: Carried | undefined }
  | { refusal: string };

/** The workflow hands back what the last visit returned, or, the first time, what somebody started it with. */
function receive(state: unknown, callbacks: CallbackRule = {}): Received {
  const carried = Carried.safeParse(state);
  if (carried.success)
    return { detectTaskId: carried.data.detect_task_id, input: undefined, carried: carried.data };
  const input = ExecutionInput.safeParse(state);
  if (!input.success) return { refusal: firstFault(input.error, 'input') };
  const { callback_url } = input.data;
  const fault = callback_url === undefined ? undefined : callbackFault(callback_url, callbacks);
  if (fault !== undefined) return { refusal: `callback_url: ${fault}` };
  return { detectTaskId: input.data.detect_task_id, input: input.data, carried: undefined };
}

interface Span {
  startedMs: number;
  endsAtMs: number;
}

async function pollWhileItLasts(
  deps: PollDeps,
  head: Head,
  carried: Carried | undefined,
  span: Span,
): Promise<VisitAnswer | 'lost'> {
  const { store, clock, policy } = deps;
  const { detect_task_id: detectTaskId, deadline_seconds: deadlineSeconds } = head;
  const deadlineAtMs = Date.parse(head.deadline_at);
  const pollingSinceMs = carried === undefined ? clock.now() : Date.parse(carried.polling_since);
  let history = carried === undefined ? startOfHistory(head) : historyOf(carried);
  let pendingAtMs = Date.parse(carried?.pending_at ?? '');
  let polls = 0;

  const moment = () => ({
    nowMs: clock.now(),
    taskSinceMs: taskSinceMs(head),
    pollingSinceMs,
    visitEndsAtMs: Math.min(span.startedMs + policy.visitBudgetMs, span.endsAtMs - reserveSeconds * 1_000),
    deadlineAtMs,
    deadlineSeconds,
  });
  /** `toCome`: the states that the workflow enters after this visit, where they are known. */
  const accounting = (toCome: number): Accounting => {
    const before = carried ?? head;
    return {
      polls: before.polls + polls,
      visits: before.visits + 1,
      // Poll itself, and for a visit after the first also the Choice and the Wait before it.
      transitions: before.transitions + (carried === undefined ? 1 : 3) + toCome,
      lambda_ms: before.lambda_ms + (clock.now() - span.startedMs),
    };
  };

  /** A write that made the record final, or lost to somebody's. */
  async function finish(write: Promise<Head | 'lost'>): Promise<VisitAnswer | 'lost'> {
    const seenAtMs = clock.now();
    const written = await write;
    if (written === 'lost') return 'lost';
    measureFinal(deps.measure, written, seenAtMs - pendingAtMs);
    await deps.tell(written);
    return finalAnswer(written);
  }
  function giveUp(code = history.codeAtDeadline): Promise<VisitAnswer | 'lost'> {
    deps.log({ detect_task_id: detectTaskId, next: 'abandon', code, polls });
    return finish(store.abandon(head, detectionError(code), accounting(2)));
  }

  /** Leaves the wait to the workflow; `slot` is booked for the poll behind it. */
  async function leave(waitSeconds: number, slot?: number): Promise<VisitAnswer | 'lost'> {
    const nextPollMs = clock.now() + waitSeconds * 1_000;
    const isNews = head.status === 'starting' && history.hasSeenProcessing;
    if (isNews || mustRenewDue(head, nextPollMs)) {
      const news = {
        nextPollMs,
        deadlineAt: head.deadline_at,
        ...(isNews && { status: 'processing' as const }),
      };
      const written = await store.progress(head, detectTaskId, { ...news, ...accounting(0) });
      if (written === 'lost') return 'lost';
    }
    return {
      ...carry(head, history, waitSeconds, pollingSinceMs, accounting(0), pendingAtMs),
      ...(slot !== undefined && { slot }),
    };
  }

  const lastPollMs = lastPollAtMs(policy, { deadlineAtMs, deadlineSeconds });
  if (clock.now() > lastPollMs) return giveUp();
  let slot = carried?.slot;
  for (;;) {
    const isQueued = slot !== undefined;
    const times = { visitEndsAtMs: moment().visitEndsAtMs, lastPollAtMs: lastPollMs };
    const turn = await takeTurn(deps, detectTaskId, slot, times);
    if (turn.kind === 'never') return giveUp(abandonmentCodes.find((code) => code === turn.hold));
    if (turn.kind === 'later') {
      const { waitSeconds } = turn;
      deps.log({ detect_task_id: detectTaskId, next: 'wait', wait_seconds: waitSeconds, polls });
      return leave(waitSeconds, turn.slot);
    }
    slot = undefined;
    const timeoutMs = () => Math.min(callTimeoutMs(policy, deadlineSeconds), deadlineAtMs - clock.now());
    const asked = await ask(deps, detectTaskId, timeoutMs);
    polls += asked.calls;
    if (asked.observation === undefined) return giveUp();
    const observation = interpret(asked.observation, history, moment(), policy);
    history = remember(history, observation);
    const schedule = isQueued ? inQueue(policy) : policy;
    const decision = decide(observation, history, moment(), schedule, deps.random());
    if (observation.kind === 'pending') pendingAtMs = clock.now();
    measurePoll(deps.measure, asked.calls, observation.kind);
    deps.log({ detect_task_id: detectTaskId, ...logLine(observation, decision), polls });
    const brake = brakeOf(observation);
    if (brake !== undefined) await deps.rate?.brake(detectTaskId, brake);
    switch (decision.next) {
      case 'poll':
        await clock.sleep(decision.inMs);
        break;
      case 'settle':
        return finish(store.settle(head, answerOf(decision.answer), accounting(2)));
      case 'abandon':
        return finish(store.abandon(head, detectionError(decision.code, decision.provider), accounting(2)));
      case 'wait':
        return leave(decision.waitSeconds);
    }
  }
}

/** A renewal that the deadline would cap to the same moment changes nothing. */
function mustRenewDue(head: Head, nextPollMs: number): boolean {
  if (head.due_at === undefined) return true;
  return (
    Date.parse(head.due_at) < nextPollMs + renewDueMs && dueAt(nextPollMs, head.deadline_at) > head.due_at
  );
}

/** A rival asks nobody: it looks at the record by the same schedule, until that is final or overdue. */
function waitForRival(deps: PollDeps, head: Head): Carried {
  const { clock, policy } = deps;
  const nowMs = clock.now();
  const gapMs =
    pendingGapMs(policy, nowMs - taskSinceMs(head)) *
    (policy.jitterFloor + (1 - policy.jitterFloor) * deps.random());
  const untilDueMs = Date.parse(head.due_at ?? head.deadline_at) - nowMs;
  const waitSeconds = Math.max(Math.ceil(Math.min(gapMs, untilDueMs) / 1_000), policy.minWaitSeconds);
  return carry(head, startOfHistory(head), waitSeconds, nowMs, head);
}
