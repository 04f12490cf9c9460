/**
 * Every HTTP status with every body, against a second reading of the provider's table: both sides are classified, and
 * the more severe one stands. Written from the table's words, not from the code.
 */
import { describe, expect, it } from 'vitest';

import type { Exchange } from '../../../functions/crun/client.ts';
import type { Observation } from '../../../functions/crun/observation.ts';
import {
  answered,
  classified,
  done,
  envelope,
  htmlPage,
  stranger,
  success,
  task,
} from '../../support/answers.ts';

const bySeverity = ['denied', 'throttled', 'on hold', 'failed', 'unavailable', 'violation', 'ok'];
/** The class, then what distinguishes verdicts within it. */
type Verdict = `${string}: ${string}`;
const rank = (verdict: Verdict): number => bySeverity.indexOf(verdict.replace(/:.*/, ''));

/**
 * What the HTTP status says alone, with Retry-After: 7. A bare 402, 404, 422, 455 or 501 is not the provider's word, and
 * neither is a 401 or 403 with a hint.
 */
const statusSays: Record<number, Verdict> = {
  200: 'ok: ',
  201: 'ok: ',
  204: 'ok: ',
  301: 'denied: UNEXPECTED_RESPONSE',
  302: 'denied: UNEXPECTED_RESPONSE',
  304: 'denied: UNEXPECTED_RESPONSE',
  400: 'denied: UNEXPECTED_RESPONSE',
  401: 'throttled: 7000 ms',
  402: 'on hold: INSUFFICIENT_CREDITS',
  403: 'throttled: 7000 ms',
  404: 'unavailable: ',
  405: 'denied: UNEXPECTED_RESPONSE',
  408: 'unavailable: ',
  409: 'violation: UNEXPECTED_RESPONSE',
  410: 'denied: UNEXPECTED_RESPONSE',
  418: 'denied: UNEXPECTED_RESPONSE',
  421: 'violation: UNEXPECTED_RESPONSE',
  422: 'unavailable: ',
  423: 'violation: UNEXPECTED_RESPONSE',
  425: 'violation: UNEXPECTED_RESPONSE',
  429: 'throttled: 7000 ms',
  430: 'throttled: 7000 ms',
  433: 'throttled: 7000 ms',
  451: 'denied: UNEXPECTED_RESPONSE',
  455: 'on hold: PROVIDER_MAINTENANCE',
  460: 'violation: UNEXPECTED_RESPONSE',
  499: 'violation: UNEXPECTED_RESPONSE',
  500: 'unavailable: ',
  501: 'unavailable: ',
  502: 'unavailable: ',
  503: 'unavailable: ',
  504: 'unavailable: ',
  505: 'unavailable: ',
  599: 'unavailable: ',
};

/** Without a body: it could not be read to its end. */
type Sent = { verdict: Verdict; body?: string };
const bodies: Record<string, Sent> = {
  'an empty body': { verdict: 'unavailable: ', body: '' },
  'an HTML page': { verdict: 'unavailable: ', body: htmlPage },
  'a body that was cut': { verdict: 'unavailable: ' },
  'JSON that was cut': { verdict: 'unavailable: ', body: success(done()).slice(0, 80) },
  'code 200, processing': { verdict: 'ok: pending', body: success(task('processing')) },
  'code 200, an unknown status': { verdict: 'ok: pending', body: success(task('queued')) },
  'code 200, succeeded': { verdict: 'ok: succeeded', body: success(done()) },
  'code 200, failed': { verdict: 'failed: DETECTION_FAILED', body: success(task('failed')) },
  'code 200, wrong shape': { verdict: 'violation: CONTRACT_VIOLATION', body: success(task('succeeded')) },
  'code 200, another task': {
    verdict: 'violation: CONTRACT_VIOLATION',
    body: success({ ...done(), detect_task_id: stranger }),
  },
  'code 401': { verdict: 'denied: UNAUTHORIZED', body: envelope(401) },
  'code 402': { verdict: 'on hold: INSUFFICIENT_CREDITS', body: envelope(402) },
  'code 403': { verdict: 'denied: UNAUTHORIZED', body: envelope(403) },
  'code 404': { verdict: 'failed: TASK_NOT_FOUND, if it comes late', body: envelope(404) },
  'code 422': { verdict: 'failed: INVALID_TASK, if it comes late', body: envelope(422, { errors: [] }) },
  'code 408': { verdict: 'unavailable: ', body: envelope(408) },
  'code 429': { verdict: 'throttled: 7000 ms', body: envelope(429) },
  'code 433': { verdict: 'throttled: 7000 ms', body: envelope(433) },
  'code 455': { verdict: 'on hold: PROVIDER_MAINTENANCE', body: envelope(455) },
  'code 500': { verdict: 'unavailable: ', body: envelope(500) },
  'code 501': { verdict: 'failed: GENERATION_FAILED', body: envelope(501) },
  'code 504': { verdict: 'unavailable: ', body: envelope(504) },
  'code 505': { verdict: 'denied: FEATURE_DISABLED', body: envelope(505) },
  'code 999': { verdict: 'violation: CONTRACT_VIOLATION', body: envelope(999) },
  'JSON of another kind': { verdict: 'violation: CONTRACT_VIOLATION', body: '{"detail":"Not Found"}' },
};

/**
 * The table ranks classes, not the reasons within one: where both sides share a class, either reason will do. Without an
 * envelope the status has the word.
 */
function expectedOf(httpStatus: number, name: string, sent: Sent): Verdict[] {
  const status = statusSays[httpStatus] ?? 'ok: ';
  const isPage = !name.startsWith('code') && !name.startsWith('JSON of');
  if (isPage && status.startsWith('on hold')) return ['throttled: 7000 ms'];
  if (!name.startsWith('code') && status !== 'ok: ') return [status];
  const sides = [status, sent.verdict];
  const worst = Math.min(...sides.map(rank));
  return sides.filter((side) => rank(side) === worst && side !== 'ok: ');
}

function verdictOf(observation: Observation): Verdict {
  switch (observation.kind) {
    case 'succeeded':
    case 'pending':
      return `ok: ${observation.kind}`;
    case 'not-found':
      return `failed: ${observation.code}, if it comes late`;
    case 'throttled':
      return `throttled: ${observation.hintMs} ms`;
    case 'on-hold':
      return `on hold: ${observation.code}`;
    case 'failed':
    case 'denied':
    case 'violation':
      return `${observation.kind}: ${observation.code}`;
    case 'unavailable':
      return `${observation.kind}: `;
  }
}

function exchangeOf(httpStatus: number, { body }: Sent): Exchange {
  if (body === undefined) return { kind: 'unreadable', httpStatus, fault: 'cut', retryAfter: '7' };
  return answered(body, httpStatus, '7');
}

describe('the more severe of status and body stands', () => {
  it.each(Object.keys(statusSays).map(Number))('under HTTP %i', (httpStatus) => {
    const seen = Object.entries(bodies).map(([name, sent]) => {
      const verdict = verdictOf(classified(exchangeOf(httpStatus, sent)));
      return { name, verdict };
    });
    const expected = Object.entries(bodies).map(([name, sent], index) => {
      const allowed = expectedOf(httpStatus, name, sent);
      const verdict = seen[index]?.verdict;
      return { name, verdict: verdict && allowed.includes(verdict) ? verdict : allowed.join(' or ') };
    });
    expect(seen).toEqual(expected);
  });
});
