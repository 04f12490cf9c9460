/**
 * One invocation: find out whose task it is, and poll it, wait for who does, or answer with its record. Running it twice is
 * harmless: the record decides who polls, and its conditions decide who writes.
 */
import { callbackFault } from '../detection/callback-rule.ts';
import { type CallbackRule } from '../detection/callback-rule.ts';
import { detectionError } from '../detection/error-codes.ts';
import { type DetectTaskId, ExecutionInput, firstFault } from '../detection/input.ts';
import { outcomeOf } from '../detection/types.ts';
import { taskSinceMs } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import { claim, type ClaimDeps } from './claim.ts';
import { segmentOf } from './continuation.ts';
import { jitter, pendingGapMs } from './decide.ts';
import { runPollLoop, type PollLoopDeps } from './poll-loop.ts';
import { startOfHistory } from './progress.ts';
import { abandonedResult, finalResult, rejectedInputResult, waitResult } from './result.ts';
import { PollState, type InvocationResult, InvocationEvent } from './state.ts';

export interface PollDeps extends PollLoopDeps {
  isLost?: ClaimDeps['isLost'];
}

/** Each lost race means that somebody else's write went through. */
const maxConflicts = 10;

export function createPoll(deps: PollDeps) {
  const { records, clock } = deps;
  const claimDeps: ClaimDeps = { records, now: () => clock.now(), isLost: deps.isLost };

  /** `endsAtMs`: when the invocation would be stopped. */
  return async function invoke(event: unknown, endsAtMs: number): Promise<InvocationResult> {
    const startedMs = clock.now();
    const { state, entered_at, ...execution } = InvocationEvent.parse(event);
    const enteredMs = entered_at === undefined ? startedMs : Date.parse(entered_at);
    const received = receive(state, records.defaults.callbacks);
    if ('refusal' in received) return rejectedInputResult(received.refusal);
    const { detectTaskId, carried } = received;
    let { input } = received;

    for (let races = 0; races < maxConflicts; races++) {
      const claimed = await claim(claimDeps, execution, detectTaskId, input);
      if (claimed === 'conflict') continue;
      switch (claimed.kind) {
        case 'invalid':
          return rejectedInputResult(claimed.sentence);
        case 'gone':
          return abandonedResult(detectTaskId, detectionError('CANCELLED'));
        case 'final':
          return finalResult(claimed.head);
        case 'rival':
          return waitForRival(deps, claimed.head, carried, enteredMs);
        case 'held': {
          const was = claimed.since === 'before' ? carried : undefined;
          const answer = await runPollLoop(deps, claimed.head, was, { startedMs, endsAtMs, enteredMs });
          if (answer !== 'conflict') return answer;
          // What is not there any more was there: it is not to be begun again.
          input = undefined;
        }
      }
    }
    throw new Error(`${detectTaskId}: lost ${maxConflicts} races for its record in one invocation`);
  };
}

type Received =
  | { detectTaskId: DetectTaskId; input: ExecutionInput | undefined; carried: PollState | undefined }
  | { refusal: string };

/** The workflow hands back what the last invocation returned, or, the first time, what somebody started it with. */
function receive(state: unknown, callbacks: CallbackRule = {}): Received {
  const carried = PollState.safeParse(state);
  if (carried.success)
    return { detectTaskId: carried.data.detect_task_id, input: undefined, carried: carried.data };
  const input = ExecutionInput.safeParse(state);
  if (!input.success) return { refusal: firstFault(input.error, 'input') };
  const { callback_url } = input.data;
  const fault = callback_url === undefined ? undefined : callbackFault(callback_url, callbacks);
  if (fault !== undefined) return { refusal: `callback_url: ${fault}` };
  return { detectTaskId: input.data.detect_task_id, input: input.data, carried: undefined };
}

/**
 * A rival asks nobody: it looks at the record by the same schedule, until that is final or overdue. Where its execution
 * must end before, it answers with the record as it stands.
 */
function waitForRival(
  deps: PollDeps,
  head: Head,
  carried: PollState | undefined,
  enteredMs: number,
): InvocationResult {
  const { clock, policy } = deps;
  const nowMs = clock.now();
  const segment = segmentOf(head.execution_name, carried, enteredMs, policy);
  const gapMs = pendingGapMs(policy, nowMs - taskSinceMs(head)) * jitter(policy, deps.random());
  const untilDueMs = Date.parse(head.due_at ?? head.deadline_at) - nowMs;
  const waitSeconds = Math.max(Math.ceil(Math.min(gapMs, untilDueMs) / 1_000), policy.minWaitSeconds);
  if (nowMs + waitSeconds * 1_000 > segment.endsAtMs)
    return { v: 2, next: 'settled', detect_task_id: head.detect_task_id, output: outcomeOf(head) };
  return waitResult(
    { head, history: startOfHistory(head), waitSeconds, pollingSinceMs: nowMs, segment },
    head,
  );
}
