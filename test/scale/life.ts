/**
 * A task's life by the real decision alone, without database, workflow or provider: some thousand times as fast as
 * running it. What an invocation does besides deciding is repeated here in a few lines; a test holds it to the bench.
 */
import { decide, noHistory } from '../../functions/poll/decide.ts';
import type { Policy } from '../../functions/poll/policy.ts';
import { roundTripMs } from '../bench/workloads.ts';

/** What an observer counts; times in milliseconds since the task's start. */
export interface Observer {
  start(atMs: number): void;
  poll(atMs: number): void;
  invoke(fromMs: number, toMs: number): void;
  transition(atMs: number, states: number): void;
  /** Of the table; the indexes follow. */
  write(atMs: number): void;
  end(atMs: number): void;
}

const deadlineSeconds = 24 * 3_600;
/** As the record's due time: so far ahead of need, and renewed when it would pass within a later invocation. */
const [dueLeadMs, dueMarginMs] = [300_000, 60_000];
const pending = { kind: 'pending', status: 'processing' } as const;

export function live(durationMs: number, policy: Policy, random: () => number, see: Observer): void {
  let nowMs = 0;
  let invocationSinceMs = 0;
  let executionSinceMs = 0;
  let isFirstInvocation = true;
  let isKnown = false;
  let dueMs = dueLeadMs;
  const moment = {
    nowMs,
    taskSinceMs: 0,
    pollingSinceMs: 0,
    invocationEndsAtMs: 0,
    isFirstInvocation,
    deadlineAtMs: 1_000 * deadlineSeconds,
    deadlineSeconds,
  };
  const renewal = policy.laterInvocationMs + dueMarginMs;

  function beginInvocation(): void {
    invocationSinceMs = nowMs;
    see.transition(nowMs, 1);
    moment.isFirstInvocation = isFirstInvocation;
    moment.invocationEndsAtMs = Math.min(
      nowMs + (isFirstInvocation ? policy.firstInvocationMs : policy.laterInvocationMs),
      executionSinceMs + policy.segmentMs,
    );
    if (dueMs < nowMs + renewal) write(nowMs);
  }
  function write(nextPollMs: number): void {
    dueMs = nextPollMs + dueLeadMs;
    see.write(nowMs);
  }

  see.start(0);
  see.write(0);
  beginInvocation();
  for (;;) {
    const isReady = nowMs + roundTripMs / 2 >= durationMs;
    see.poll(nowMs);
    nowMs += roundTripMs;
    if (isReady) break;
    moment.nowMs = nowMs;
    const decision = decide(pending, noHistory, moment, policy, random());
    if (decision.next === 'poll') {
      nowMs += Math.max(decision.inMs - roundTripMs / 2, policy.minPauseMs);
      continue;
    }
    if (decision.next !== 'wait') throw new Error('a task was given up before its end');
    see.invoke(invocationSinceMs, nowMs);
    see.transition(nowMs, 2);
    const nextPollMs = nowMs + 1_000 * decision.waitSeconds;
    isFirstInvocation = false;
    if (nextPollMs > executionSinceMs + policy.segmentMs) {
      // HandOff over: the next execution begins to wait, and comes back at once to say that it is the owner.
      write(nextPollMs);
      see.start(nowMs);
      executionSinceMs = nowMs;
      isFirstInvocation = true;
      see.write(nowMs);
      see.invoke(nowMs, nowMs);
      see.transition(nowMs, 3);
    } else if (!isKnown || dueMs < nextPollMs + renewal) {
      write(nextPollMs);
    }
    isKnown = true;
    nowMs = nextPollMs;
    beginInvocation();
  }
  see.invoke(invocationSinceMs, nowMs);
  see.transition(nowMs, 2);
  // The answer, and that it was published.
  see.write(nowMs);
  see.write(nowMs);
  see.end(nowMs);
}
