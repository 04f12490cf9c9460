/**
 * One invocation: claim the task, then poll it, wait as a rival, or answer with its record. Running it twice is harmless:
 * the record decides which execution polls, and its conditions decide which write counts.
 */
import { withoutAwsFields } from '../detection/aws-fields.ts';
import type { CallbackRule } from '../detection/callback-rule.ts';
import { detectionError } from '../detection/error-codes.ts';
import { type DetectTaskId, ExecutionInput, faultNow, firstFault } from '../detection/input.ts';
import { outcomeOf } from '../detection/types.ts';
import { taskSinceMs } from '../detection/types.ts';
import type { Head } from '../records/item.ts';
import { leaseExpiresAtMs } from '../records/lease.ts';
import { claim, type ClaimDeps } from './claim.ts';
import { type Segment, segmentOf } from './continuation.ts';
import { jitter, pendingGapMs } from './gap.ts';
import { runPollLoop, type PollLoopDeps } from './poll-loop.ts';
import { startOfHistory } from './progress.ts';
import { abandonedResult, finalResult, rejectedInputResult, waitResult } from './result.ts';
import { PollState, type InvocationResult, InvocationEvent } from './state.ts';

export interface PollDeps extends PollLoopDeps, Pick<ClaimDeps, 'isLost'> {}

/** Each conflict means that another writer made progress. */
const maxConflicts = 10;

export function createPoll(deps: PollDeps) {
  const { records, clock, policy } = deps;
  const claimDeps: ClaimDeps = { ...deps, now: () => clock.now() };

  /** `endsAtMs`: when Lambda would stop the invocation. */
  return async function invoke(event: unknown, endsAtMs: number): Promise<InvocationResult> {
    const startedMs = clock.now();
    const { state, entered_at, ...execution } = InvocationEvent.parse(event);
    const received = receive(state, records.defaults.callbacks, startedMs);
    if ('fault' in received) return rejectedInputResult(received.fault);
    const { detectTaskId, carried } = received;
    const enteredMs = entered_at === undefined ? startedMs : Date.parse(entered_at);
    const segment = segmentOf(carried, enteredMs, policy);
    let { input } = received;
    const held = { ...execution, startedMs: entered_at === undefined ? undefined : enteredMs };

    for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
      const claimed = await claim(
        claimDeps,
        held,
        detectTaskId,
        input,
        carried !== undefined && conflicts === 0,
      );
      if (claimed === 'conflict') continue;
      switch (claimed.kind) {
        case 'invalid':
          return rejectedInputResult(claimed.sentence);
        case 'gone':
          return abandonedResult(detectTaskId, detectionError('CANCELLED'));
        case 'final':
          return finalResult(claimed.head);
        case 'rival':
          return waitForRival(deps, claimed.head, segment);
        case 'held': {
          const before = claimed.since === 'before' ? carried : undefined;
          const result = await runPollLoop(deps, claimed.head, before, { startedMs, endsAtMs, segment });
          if (result !== 'conflict') return result;
          // The record existed. If it is gone now, it must not be created again.
          input = undefined;
        }
      }
    }
    throw new Error(`${detectTaskId}: ${maxConflicts} conflicts over its record in one invocation`);
  };
}

type Received =
  | { detectTaskId: DetectTaskId; input: ExecutionInput | undefined; carried: PollState | undefined }
  | { fault: string };

/** The workflow hands over what the last invocation returned, or, at first, the execution's input. */
function receive(state: unknown, callbacks: CallbackRule | undefined, nowMs: number): Received {
  const carried = PollState.safeParse(state);
  if (carried.success)
    return { detectTaskId: carried.data.detect_task_id, input: undefined, carried: carried.data };
  const input = ExecutionInput.safeParse(withoutAwsFields(state));
  if (!input.success) return { fault: firstFault(input.error, 'input') };
  const fault = faultNow(input.data, { callbacks, nowMs });
  if (fault !== undefined) return { fault: `${fault.field}: ${fault.rule}` };
  return { detectTaskId: input.data.detect_task_id, input: input.data, carried: undefined };
}

/**
 * A rival never calls the provider. It reads the record at the gaps of the schedule, until that is final or its lease
 * has expired. If its own execution must end first, it answers with the record as it stands.
 */
function waitForRival({ clock, policy, random }: PollDeps, head: Head, segment: Segment): InvocationResult {
  const nowMs = clock.now();
  const gapMs = pendingGapMs(policy, nowMs - taskSinceMs(head)) * jitter(policy, random());
  const untilExpiryMs = leaseExpiresAtMs(head) - nowMs;
  const waitSeconds = Math.max(Math.ceil(Math.min(gapMs, untilExpiryMs) / 1_000), policy.minWaitSeconds);
  if (nowMs + waitSeconds * 1_000 > segment.endsAtMs)
    return { v: 2, next: 'settled', detect_task_id: head.detect_task_id, output: outcomeOf(head) };
  const history = startOfHistory(head);
  return waitResult({ head, history, waitSeconds, pollingSinceMs: nowMs, segment }, head);
}
