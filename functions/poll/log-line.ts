/** What a visit logs of what it saw and decided. */
import type { Decision, interpret } from './decide.ts';

export const logLine = (
  observation: ReturnType<typeof interpret>,
  decision: Decision,
): Record<string, unknown> => ({ ...described(observation), ...describedDecision(decision) });

/** Kinds and reasons are ours; the provider's words and the faces stay out of every log. */
function described(observation: ReturnType<typeof interpret>): Record<string, unknown> {
  switch (observation.kind) {
    case 'pending':
      return {
        observation: 'pending',
        status: observation.status === 'unknown' ? observation.name : observation.status,
      };
    case 'succeeded':
      return { observation: 'succeeded', face_count: observation.faces.length };
    case 'failed':
    case 'on-hold':
      return { observation: observation.kind, code: observation.code };
    case 'refused':
      return { observation: 'refused', code: observation.code, reason: observation.reason };
    case 'throttled':
      return { observation: 'throttled', hint_ms: observation.hintMs };
    case 'unavailable':
    case 'violation':
      return { observation: observation.kind, reason: observation.reason };
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
