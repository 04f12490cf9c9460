/**
 * Classifies one exchange with the provider: pure and total. The HTTP status and the body's code are two things (the
 * provider is known to answer HTTP 200 with code 401 or 422 inside), so both are classified, and the more severe one
 * stands.
 */
import type { ProviderWords } from '../detection/error-codes.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import type { Exchange } from './client.ts';
import { type Envelope, type Parsed, parseEnvelope } from './envelope.ts';
import type { Observation } from './observation.ts';
import { classifyTask } from './task.ts';
import { createWords } from './words.ts';

/** The question that the exchange answers. */
export interface Asked {
  detectTaskId: string;
  /** Kept out of everything that the answer says. */
  apiKey: string;
}

type Answer = Exclude<Exchange, { kind: 'no-answer' }>;

/** Where the two sides differ, the higher one stands. A 404 or 422 counts as the failure that it may turn out to be. */
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

export function classify(exchange: Exchange, asked: Asked, nowMs: number): Observation {
  if (exchange.kind === 'no-answer') {
    const { fault } = exchange;
    // A wrong certificate is no passing fault: the key must not be sent there again.
    if (fault === 'tls') return { kind: 'denied', code: 'UNEXPECTED_RESPONSE', reason: fault, provider: {} };
    return { kind: 'unavailable', reason: fault };
  }
  const hintMs = retryAfterMs(exchange.retryAfter, nowMs);
  const body = exchange.kind === 'unreadable' ? exchange : parseEnvelope(exchange.body);
  const byStatus = classifyHttpStatus(exchange, body.kind, hintMs);
  if (body.kind !== 'envelope')
    return classifyFirewall(exchange, body, hintMs) ?? byStatus ?? classifyOtherBody(body, asked);
  const byEnvelope = classifyEnvelope(body.envelope, asked, hintMs);
  return byStatus !== undefined && severity[byStatus.kind] > severity[byEnvelope.kind]
    ? byStatus
    : byEnvelope;
}

type OtherBody = Exclude<Parsed, { kind: 'envelope' }> | Extract<Exchange, { kind: 'unreadable' }>;

/** A challenge or a block says something about our address, and nothing about the task or the key. */
function classifyFirewall(
  { httpStatus, firewall }: Answer,
  body: OtherBody,
  hintMs: number | undefined,
): Observation | undefined {
  // Stryker disable next-line ConditionalExpression: for the compiler only; no other body has the flag
  const isObject = body.kind === 'other-object';
  const isFirewalls = firewall !== undefined || (isObject && body.isCloudflares);
  if (!isFirewalls) return undefined;
  const reason = `HTTP ${httpStatus} of a firewall`;
  return hintMs === undefined ? { kind: 'unavailable', reason } : { kind: 'throttled', reason, hintMs };
}

/** What the HTTP status alone says; nothing where it leaves the word to the body. It has the word where there is no envelope. */
function classifyHttpStatus(
  { httpStatus, retryAfter }: Answer,
  bodyKind: Parsed['kind'] | 'unreadable',
  hintMs: number | undefined,
): Observation | undefined {
  const provider: ProviderWords = { code: String(httpStatus) };
  const reason = `HTTP ${httpStatus}`;
  const isObject = bodyKind === 'envelope' || bodyKind === 'other-object';
  // Hosts and proxies use the statuses of keys, credits and maintenance too, with a page of their own for a body.
  const ofProxy: Observation =
    retryAfter === undefined
      ? { kind: 'unavailable', reason: `${reason} without a JSON object` }
      : { kind: 'throttled', reason: `${reason} with Retry-After`, hintMs };
  switch (httpStatus) {
    case 401:
    case 403:
      // A key has no use for a hint, so that one beside its refusal is a proxy's.
      return isObject && retryAfter === undefined
        ? { kind: 'denied', code: 'UNAUTHORIZED', reason, provider }
        : ofProxy;
    case 429:
    case 430:
    case 433:
      return { kind: 'throttled', reason, hintMs };
    case 402:
      return isObject ? { kind: 'on-hold', code: 'INSUFFICIENT_CREDITS', provider } : ofProxy;
    case 455:
      return isObject ? { kind: 'on-hold', code: 'PROVIDER_MAINTENANCE', provider } : ofProxy;
    case 404:
    case 408:
    case 422:
      // A proxy's bare error page is not the provider's word; an envelope of that code outweighs this.
      return { kind: 'unavailable', reason, hintMs };
    case 409:
    case 421:
    case 423:
    case 425:
    case 460:
    case 499:
      // Conflicts, locks and lost connections inside the provider or a gateway mostly pass.
      return { kind: 'violation', code: 'UNEXPECTED_RESPONSE', reason };
    default:
      if (httpStatus >= 200 && httpStatus < 300) return undefined;
      if (httpStatus >= 300 && httpStatus < 500) {
        return { kind: 'denied', code: 'UNEXPECTED_RESPONSE', reason, provider };
      }
      return { kind: 'unavailable', reason, hintMs };
  }
}

function classifyOtherBody(body: OtherBody, asked: Asked): Observation {
  switch (body.kind) {
    case 'other-object':
      return classifyWithoutCode(body.data, asked) ?? notTheEnvelope;
    case 'other-json':
      return notTheEnvelope;
    case 'too-many-parts':
      return { kind: 'unavailable', reason: 'too many parts' };
    case 'not-json':
      return { kind: 'unavailable', reason: 'not JSON' };
    case 'unreadable':
      return { kind: 'unavailable', reason: body.fault };
  }
}

const notTheEnvelope: Observation = {
  kind: 'violation',
  code: 'CONTRACT_VIOLATION',
  reason: 'not the envelope',
};

/** Faces of this task, and its being at work, are believed whatever became of the code; an end without faces is not. */
function classifyWithoutCode(data: unknown, asked: Asked): Observation | undefined {
  const observation = classifyTask(data, asked, undefined, createWords(asked.apiKey));
  const { kind } = observation;
  return kind === 'pending' || (kind === 'succeeded' && observation.faces.length > 0)
    ? observation
    : undefined;
}

function classifyEnvelope(envelope: Envelope, asked: Asked, hintMs: number | undefined): Observation {
  const { code, data } = envelope;
  const words = createWords(asked.apiKey);
  const { message } = words.of(envelope.message);
  const provider: ProviderWords = { code: String(code), message };
  const reason = `code ${code}`;
  switch (code) {
    case 200:
      return classifyTask(data, asked, message, words);
    case 401:
    case 403:
      return { kind: 'denied', code: 'UNAUTHORIZED', reason, provider };
    case 402:
      return { kind: 'on-hold', code: 'INSUFFICIENT_CREDITS', provider };
    case 404:
      return { kind: 'not-found', code: 'TASK_NOT_FOUND', provider };
    case 422:
      // A record that is not written yet may be answered so, just as with 404.
      return { kind: 'not-found', code: 'INVALID_TASK', provider };
    case 429:
    case 430:
    case 433:
      return { kind: 'throttled', reason, hintMs };
    case 455:
      return { kind: 'on-hold', code: 'PROVIDER_MAINTENANCE', provider };
    case 501:
      return { kind: 'failed', code: 'GENERATION_FAILED', provider };
    case 505:
      return { kind: 'denied', code: 'FEATURE_DISABLED', reason, provider };
    default:
      // Gateways speak in codes of their own, whose class is clear.
      if (code === 408 || (code >= 500 && code < 600)) return { kind: 'unavailable', reason, hintMs };
      return (
        (code < 400 ? classifyWithoutCode(data, asked) : undefined) ?? {
          kind: 'violation',
          code: 'CONTRACT_VIOLATION',
          reason: 'unlisted code',
        }
      );
  }
}
