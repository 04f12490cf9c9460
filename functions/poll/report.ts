/** What an invocation logs and measures about its polls and decisions. */
import type { Measure } from '../telemetry/metrics.ts';
import type { Decision, ResolvedObservation } from './decide.ts';

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

/** One poll: its `calls`, and the `polls` of the invocation so far. */
export function reportPoll(
  { measure, log }: ReportDeps,
  poll: { detectTaskId: string; calls: number; polls: number },
  observation: ResolvedObservation,
  decision: Decision,
): void {
  measure('calls', poll.calls);
  measure('polls', 1, observation.kind);
  // Without a key there was no call.
  if (poll.calls > 0) measure('answered', observation.kind === 'unavailable' ? 0 : 1);
  log({ detect_task_id: poll.detectTaskId, ...logLine(observation, decision), polls: poll.polls });
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

export const levelOf = ({ observation }: PollLine): 'info' | 'warn' =>
  observation === undefined ? 'info' : levels[observation];

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
