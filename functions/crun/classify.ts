import type { ProviderWords } from '../detection/error-codes.ts';
import { retryAfterMs } from '../http/retry-after.ts';
/**
 * Judges one exchange with the provider: HTTP status, body code and task status together, pure and total.
 * The HTTP status and the body's code are two things (the provider is known to answer HTTP 200 with code 401 or
 * 422 inside), so each side gives its own verdict and the more severe one stands.
 */
import type { Exchange } from './client.ts';
import { type Envelope, parseEnvelope, parseTask } from './envelope.ts';
import type { Observation } from './observation.ts';

/** Where the two sides differ, the higher wins. A 404 counts as the failure that it may turn out to be. */
const severity = {
  denied: 6,
  throttled: 5,
  'on-hold': 4,
  failed: 3,
  'not-found': 3,
  unavailable: 2,
  violation: 1,
  pending: 0,
  succeeded: 0,
} as const satisfies Record<Observation['kind'], number>;

export function classify(exchange: Exchange, asked: { detectTaskId: string }, nowMs: number): Observation {
  if (exchange.kind === 'no-answer') {
    const { fault } = exchange;
    // A wrong certificate is no accident of the moment: the key must not go there again.
    if (fault === 'tls') return { kind: 'denied', code: 'UNEXPECTED_RESPONSE', reason: fault, provider: {} };
    return { kind: 'unavailable', reason: fault };
  }
  const hintMs = retryAfterMs(exchange.retryAfter, nowMs);
  const byBody = classifyBody(exchange, asked.detectTaskId, hintMs);
  const byStatus = classifyHttpStatus(exchange.httpStatus, hintMs);
  return byStatus !== undefined && severity[byStatus.kind] > severity[byBody.kind] ? byStatus : byBody;
}

/** What the HTTP status says by itself; nothing where it leaves the word to the body. */
function classifyHttpStatus(httpStatus: number, hintMs: number | undefined): Observation | undefined {
  const provider: ProviderWords = { code: String(httpStatus) };
  const reason = `HTTP ${httpStatus}`;
  switch (httpStatus) {
    case 401:
    case 403:
      return { kind: 'denied', code: 'UNAUTHORIZED', reason, provider };
    case 429:
      return { kind: 'throttled', hintMs };
    case 402:
      return { kind: 'on-hold', code: 'INSUFFICIENT_CREDITS', provider };
    case 455:
      return { kind: 'on-hold', code: 'PROVIDER_MAINTENANCE', provider };
    case 404:
    case 408:
    case 422:
      // A proxy's bare error page is nobody's answer; the provider's own envelope of that code outweighs this.
      return { kind: 'unavailable', reason };
    default:
      if (httpStatus >= 200 && httpStatus < 300) return undefined;
      if (httpStatus >= 300 && httpStatus < 500) {
        return { kind: 'denied', code: 'UNEXPECTED_RESPONSE', reason, provider };
      }
      return { kind: 'unavailable', reason };
  }
}

function classifyBody(
  exchange: Exclude<Exchange, { kind: 'no-answer' }>,
  detectTaskId: string,
  hintMs: number | undefined,
): Observation {
  if (exchange.kind === 'unreadable') return { kind: 'unavailable', reason: exchange.fault };
  const parsed = parseEnvelope(exchange.body);
  switch (parsed.kind) {
    case 'envelope':
      return classifyEnvelope(parsed.envelope, detectTaskId, hintMs);
    case 'other-json':
      return { kind: 'violation', reason: 'not the envelope' };
    case 'too-many-parts':
      return { kind: 'unavailable', reason: 'too many parts' };
    case 'not-json':
      return { kind: 'unavailable', reason: 'not JSON' };
  }
}

function classifyEnvelope(envelope: Envelope, detectTaskId: string, hintMs: number | undefined): Observation {
  const { code, message } = envelope;
  const provider: ProviderWords = { code: String(code), message };
  const reason = `code ${code}`;
  switch (code) {
    case 200:
      return classifyTask(envelope.data, detectTaskId, message);
    case 401:
    case 403:
      return { kind: 'denied', code: 'UNAUTHORIZED', reason, provider };
    case 402:
      return { kind: 'on-hold', code: 'INSUFFICIENT_CREDITS', provider };
    case 404:
      return { kind: 'not-found', provider };
    case 422:
      return { kind: 'failed', code: 'INVALID_TASK', provider };
    case 429:
      return { kind: 'throttled', hintMs };
    case 455:
      return { kind: 'on-hold', code: 'PROVIDER_MAINTENANCE', provider };
    case 500:
      return { kind: 'unavailable', reason };
    case 501:
      return { kind: 'failed', code: 'GENERATION_FAILED', provider };
    case 505:
      return { kind: 'denied', code: 'FEATURE_DISABLED', reason, provider };
    default:
      return { kind: 'violation', reason: 'unlisted code' };
  }
}

function classifyTask(data: unknown, detectTaskId: string, message: string | undefined): Observation {
  const task = parseTask(data);
  if (task === undefined) return { kind: 'violation', reason: 'wrong shape' };
  // Somebody else's faces would be a leak: nothing of this answer may be used.
  if (task.detectTaskId !== detectTaskId) return { kind: 'violation', reason: 'another task id' };
  switch (task.status) {
    case 'starting':
    case 'processing':
      return { kind: 'pending', status: task.status };
    case 'unknown':
      return { kind: 'pending', status: 'unknown', name: task.name };
    case 'failed':
      return {
        kind: 'failed',
        code: 'DETECTION_FAILED',
        provider: { code: task.code, message: task.message ?? (message === 'success' ? undefined : message) },
      };
    case 'succeeded': {
      const { detectId, faces, startedAt, finishedAt } = task;
      return { kind: 'succeeded', detectId, faces, startedAt, finishedAt };
    }
  }
}
