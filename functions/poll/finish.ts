/** Makes the record final, measures and publishes it, and answers the workflow with it. */
import { type AbandonmentCode, detectionError } from '../detection/error-codes.ts';
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';
import { measureFinal } from '../telemetry/measure-final.ts';
import { endOfExecution } from './accounting.ts';
import type { Decision } from './decide.ts';
import type { Progress } from './progress.ts';
import { measureUnreported, type ReportDeps } from './report.ts';
import { finalResult } from './result.ts';
import type { InvocationResult } from './state.ts';

export interface FinishDeps extends ReportDeps {
  records: Pick<Records, 'complete' | 'abandon'>;
  clock: { now(): number };
  /** Publishes a final record if the event bus takes it now; never rejects. */
  publish: (head: Head) => Promise<void>;
}

type Finished = Promise<InvocationResult | 'conflict'>;

export function settle(
  deps: FinishDeps,
  progress: Progress,
  { answer }: Pick<Extract<Decision, { next: 'settle' }>, 'answer'>,
): Finished {
  const account = endOfExecution(progress, deps.clock.now());
  return finish(deps, progress, deps.records.complete(progress.head, answer, account));
}

export function abandon(
  deps: FinishDeps,
  progress: Progress,
  { code, provider }: Pick<Extract<Decision, { next: 'abandon' }>, 'code' | 'provider'>,
): Finished {
  const account = endOfExecution(progress, deps.clock.now());
  const error = detectionError(code, provider, progress.reason);
  return finish(deps, progress, deps.records.abandon(progress.head, error, account));
}

/** Abandons the attempt without another observation: there is no time left for a poll. */
export function giveUp(deps: FinishDeps, progress: Progress, hold?: AbandonmentCode): Finished {
  const { head, history, before, polls } = progress;
  const code = hold ?? history.codeAtDeadline;
  deps.log({ detect_task_id: head.detect_task_id, next: 'abandon', code, polls: before.polls + polls });
  // A hold comes from another task's poll, and its code says all.
  const last = hold === undefined ? progress : { ...progress, reason: undefined };
  return abandon(deps, measureUnreported(deps, last), { code, provider: {} });
}

async function finish(deps: FinishDeps, progress: Progress, write: Promise<Head | 'conflict'>): Finished {
  const observedAtMs = deps.clock.now();
  const written = await write;
  if (written === 'conflict') return 'conflict';
  measureFinal(deps.measure, written, observedAtMs - progress.pendingAtMs);
  await deps.publish(written);
  return finalResult(written);
}
