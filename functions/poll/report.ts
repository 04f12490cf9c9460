/** What an invocation logs and measures about its polls and decisions. */
import type { Measure } from '../telemetry/metrics.ts';
import type { Decision, ResolvedObservation } from './decide.ts';
import { nothingUnreported, type Progress } from './progress.ts';

export interface ReportDeps {
  measure: Measure;
  /** Logs ids, kinds and counts; never a key, a link or the provider's text. */
  log: (line: PollLine) => void;
}

/** Ids, kinds and counts of one poll, or of an invocation that came too late for one. */
export type PollLine = {
  detect_task_id: string;
  observation?: ResolvedObservation['kind'];
  polls: number;
} & Record<string, unknown>;

/** The message of a line of that kind. */
export const polledMessage = 'polled';

const longestUnreportedMs = 60_000;

/** Logs one poll. Measures it with what was unreported before, unless it is one more pending poll. */
export function reportPoll(
  deps: ReportDeps,
  progress: Progress,
  { observation, calls }: { observation: ResolvedObservation; calls: number },
  decision: Decision,
  nowMs: number,
): Progress {
  const { head, before, polls, unreported } = progress;
  const line = { detect_task_id: head.detect_task_id, ...logLine(observation, decision) };
  deps.log({ ...line, polls: before.polls + polls });
  const isNews = observation.kind !== 'pending' || decision.next === 'abandon';
  if (!isNews && nowMs - unreported.sinceMs < longestUnreportedMs) return progress;
  if (observation.kind !== 'pending') {
    deps.measure('polls', 1, observation.kind);
    // Without a key there was no call.
    if (calls > 0) deps.measure('answered', observation.kind === 'unavailable' ? 0 : 1);
  }
  return measureUnreported(deps, progress);
}

/** Measures what was counted, and begins anew. */
export function measureUnreported({ measure }: Pick<ReportDeps, 'measure'>, progress: Progress): Progress {
  const { calls, pending, slotWaitMs } = progress.unreported;
  if (calls > 0) measure('calls', calls);
  if (pending > 0) measure('polls', pending, 'pending');
  for (let poll = 0; poll < pending; poll += 1) measure('answered', 1);
  if (slotWaitMs !== undefined) measure('slotWait', slotWaitMs);
  return { ...progress, unreported: nothingUnreported };
}

export const logLine = (observation: ResolvedObservation, decision: Decision) => ({
  ...described(observation),
  ...describedDecision(decision),
  observation: observation.kind,
});

/** Answers that the provider should not give are warnings. */
const levels = {
  pending: 'info',
  succeeded: 'info',
  failed: 'info',
  throttled: 'info',
  'on-hold': 'info',
  unavailable: 'warn',
  violation: 'warn',
  denied: 'warn',
} as const satisfies Record<ResolvedObservation['kind'], 'info' | 'warn'>;

/** A poll that saw the task at work is no news. A status that is not documented is. */
export function levelOf({ observation, next, status }: PollLine): 'debug' | 'info' | 'warn' {
  const isOpen = next === 'poll' || next === 'wait';
  if (observation === undefined) return isOpen ? 'debug' : 'info';
  const isAtWork = observation === 'pending' && (status === 'starting' || status === 'processing');
  return isOpen && isAtWork ? 'debug' : levels[observation];
}

/** Kinds and reasons are our own words; the provider's words and the faces never reach a log. */
function described(observation: ResolvedObservation): Record<string, unknown> {
  switch (observation.kind) {
    case 'pending':
      return { status: observation.status === 'unknown' ? observation.name : observation.status };
    case 'succeeded':
      return { face_count: observation.faces.length };
    case 'failed':
    case 'on-hold':
      return { code: observation.code };
    case 'denied':
      return { code: observation.code, reason: observation.reason };
    case 'throttled':
    case 'unavailable':
      return { reason: observation.reason, hint_ms: observation.hintMs };
    case 'violation':
      return { reason: observation.reason };
  }
}

function describedDecision(decision: Decision): Record<string, unknown> {
  switch (decision.next) {
    case 'poll':
      return { next: 'poll', in_ms: decision.inMs };
    case 'wait':
      return { next: 'wait', wait_seconds: decision.waitSeconds };
    case 'settle':
      return { next: 'settle' };
    case 'abandon':
      return { next: 'abandon', code: decision.code };
  }
}
