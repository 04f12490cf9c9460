/** What an invocation logs about its polls and decisions. */
import type { Decision, ResolvedObservation } from './decide.ts';

/** Ids, kinds and counts of one poll, or of an invocation that came too late for one. */
export type PollLine = {
  detect_task_id: string;
  observation?: ResolvedObservation['kind'];
  polls: number;
} & Record<string, unknown>;

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
