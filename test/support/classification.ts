/** A second reading of the provider's table, written from its words: how an outcome may be classified. */
import type { Observation } from '../../functions/crun/observation.ts';
import type { Body, Outcome } from './outcomes.ts';

/** The class, from the most severe down, then what tells classifications of one class apart. */
type Classification = `${(typeof classes)[number]}${string}`;
const classes = ['denied', 'throttled', 'on-hold', 'final', 'unavailable', 'violation', 'ok'] as const;
const rank = (classification: Classification): number =>
  classes.findIndex((name) => classification.startsWith(name));

/** Either reading will do where both sides are of one class: the table ranks classes alone. */
export function allowedClassifications(outcome: Outcome): Classification[] {
  if ('fault' in outcome)
    return [outcome.fault === 'tls' ? 'denied: UNEXPECTED_RESPONSE' : 'unavailable: undefined'];
  const { httpStatus, body, hintMs, exchange } = outcome;
  const isHinted = 'retryAfter' in exchange && exchange.retryAfter !== undefined;
  const status = byStatus(httpStatus, body, hintMs, isHinted);
  // A body without the envelope has nothing to say beside a status that says something.
  const isSilent = body.kind !== 'envelope' && status !== undefined;
  const sides = [status, isSilent ? undefined : byBody(body, hintMs)].filter((side) => side !== undefined);
  const worst = Math.min(...sides.map(rank));
  return sides.filter((side) => rank(side) === worst);
}

function byStatus(
  httpStatus: number,
  body: Body,
  hintMs: number | undefined,
  isHinted: boolean,
): Classification | undefined {
  const unavailable: Classification = `unavailable: ${hintMs}`;
  const middleman: Classification = isHinted ? `throttled: ${hintMs}` : unavailable;
  const isObject = body.kind === 'envelope' || body.kind === 'other JSON';
  if (httpStatus === 401 || httpStatus === 403)
    return isObject && !isHinted ? 'denied: UNAUTHORIZED' : middleman;
  if (httpStatus === 402) return isObject ? 'on-hold: INSUFFICIENT_CREDITS' : middleman;
  if (httpStatus === 455) return isObject ? 'on-hold: PROVIDER_MAINTENANCE' : middleman;
  if ([429, 430, 433].includes(httpStatus)) return `throttled: ${hintMs}`;
  if ([404, 422, 501].includes(httpStatus)) {
    return body.kind === 'envelope' && body.code === httpStatus ? undefined : unavailable;
  }
  if (httpStatus === 408 || httpStatus >= 500) return unavailable;
  if ([409, 421, 423, 425, 460, 499].includes(httpStatus)) return 'violation: UNEXPECTED_RESPONSE';
  return httpStatus >= 300 ? 'denied: UNEXPECTED_RESPONSE' : undefined;
}

function byBody(body: Body, hintMs: number | undefined): Classification {
  if (body.kind === 'other JSON') return 'violation: CONTRACT_VIOLATION';
  if (body.kind !== 'envelope') return 'unavailable: undefined';
  if (body.code === 200) return byTask(body.data);
  const byCode: Record<number, Classification> = {
    401: 'denied: UNAUTHORIZED',
    402: 'on-hold: INSUFFICIENT_CREDITS',
    403: 'denied: UNAUTHORIZED',
    404: 'final: TASK_NOT_FOUND, if it comes late',
    422: 'final: INVALID_TASK, if it comes late',
    429: `throttled: ${hintMs}`,
    455: 'on-hold: PROVIDER_MAINTENANCE',
    408: `unavailable: ${hintMs}`,
    433: `throttled: ${hintMs}`,
    500: `unavailable: ${hintMs}`,
    504: `unavailable: ${hintMs}`,
    501: 'final: GENERATION_FAILED',
    505: 'denied: FEATURE_DISABLED',
  };
  return byCode[body.code] ?? 'violation: CONTRACT_VIOLATION';
}

function byTask(data: Extract<Body, { kind: 'envelope' }>['data']): Classification {
  switch (data) {
    case 'starting':
    case 'processing':
    case 'unknown':
      return `ok: ${data}`;
    case 'two faces':
      return 'ok: 2 faces';
    case 'no faces':
      return 'ok: 0 faces';
    case 'failed':
      return 'final: DETECTION_FAILED';
    case 'nothing':
    case 'wrong shape':
    case 'another task':
      return 'violation: CONTRACT_VIOLATION';
  }
}

export function classificationOf(observation: Observation): Classification {
  switch (observation.kind) {
    case 'pending':
      return `ok: ${observation.status}`;
    case 'succeeded':
      return `ok: ${observation.faces.length} faces`;
    case 'not-found':
      return `final: ${observation.code}, if it comes late`;
    case 'failed':
      return `final: ${observation.code}`;
    case 'throttled':
    case 'unavailable':
      return `${observation.kind}: ${observation.hintMs}`;
    case 'on-hold':
    case 'denied':
    case 'violation':
      return `${observation.kind}: ${observation.code}`;
  }
}
