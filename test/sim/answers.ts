/** What the provider says, at its best and at its worst: what it means is known beside the bytes that say it. */
import { createHash } from 'node:crypto';

import type { Exchange } from '../../functions/crun/client.ts';
import { failed, pending, refusal, succeeded } from '../../local/simulator/envelope.ts';
import { brokenJson, nullResult, wrongId, wrongShape } from '../../local/simulator/malformed.ts';
import { answered } from '../support/answers.ts';
import type { FaultAt } from './faults.ts';
import type { Said } from './history.ts';
import type { Plan, Storm } from './plan.ts';

/** In every link and word of the provider's, so that finding it elsewhere is a leak. */
export const canary = 'c4n4ry';
/** Of links that the provider generates. */
export const linksHost = 'cdn.crun.example';
const link = `https://${linksHost}/${canary}.jpg`;
export const apiKey = `${canary}-key-0123456789`;
export const webhookSecret = [
  'whsec',
  Buffer.from(`${canary}-secret-of-24-bytes-or-so`).toString('base64'),
].join('_');

type Answer = { said: Said; exchange: Exchange };

const trouble: Said = { kind: 'trouble' };
const silent = (fault: Extract<Exchange, { kind: 'no-answer' }>['fault']): Answer => ({
  said: trouble,
  exchange: { kind: 'no-answer', fault },
});
const bad = (body: unknown, httpStatus = 200): Answer => ({
  said: trouble,
  exchange: answered(body, httpStatus),
});

/** One call. */
interface Asked {
  task: string;
  call: number;
  plan: Plan | undefined;
  nowMs: number;
  /** When the task was created; nothing where it is not known. */
  startedAtMs: number | undefined;
}

/** What it has to say of the task, where nothing comes in between. */
function truthOf({ task, call, plan, nowMs, startedAtMs }: Asked): Answer {
  if (plan === undefined || startedAtMs === undefined || plan.provider.ends === 'unknown')
    return {
      said: { kind: 'failed', code: 'TASK_NOT_FOUND' },
      exchange: answered(refusal(404, canary), 404),
    };
  if (plan.provider.ends === 'invalid')
    return { said: { kind: 'failed', code: 'INVALID_TASK' }, exchange: answered(refusal(422, canary)) };
  const { provider } = plan;
  const finishedAtMs = startedAtMs + provider.durationMs;
  const about = { detectTaskId: task, startedAtMs, finishedAtMs };
  const isDone = nowMs >= finishedAtMs && provider.ends !== 'never';
  if (!isDone) {
    const isAtWork = nowMs - startedAtMs > provider.durationMs / 3;
    const status = isAtWork ? 'processing' : 'starting';
    return { said: { kind: 'pending' }, exchange: answered(pending(about, { status })) };
  }
  switch (provider.ends) {
    case 'failed':
      return {
        said: { kind: 'failed', code: 'DETECTION_FAILED' },
        exchange: answered(failed(about, { error: { code: 'E1', message: `${canary} no face` } })),
      };
    case 'generation-failed':
      return {
        said: { kind: 'failed', code: 'GENERATION_FAILED' },
        exchange: answered(refusal(501, canary), 501),
      };
    case 'succeeded':
    case 'invalid':
    case 'unknown':
    case 'never': {
      // Signed links are others in every answer, and so may the id of the result be.
      const faces = Array.from({ length: provider.faces }, (_, id) => ({
        id,
        link: `https://${linksHost}/${canary}/${task}/${call}/${id}.jpg?`.padEnd(provider.linkBytes, 'x'),
      }));
      const detectId = createHash('sha256').update(`${task}/${call}`).digest('hex').slice(0, 11);
      return {
        said: { kind: 'succeeded', detectId, faces },
        exchange: answered(succeeded(about, { faces, detectId })),
      };
    }
  }
}

/** What it says under this fault; `draw` picks which of several. */
export function answerOf(
  fault: FaultAt<'provider'> | Storm['what'] | undefined,
  asked: Asked,
  draw: () => number,
): Answer {
  const { task, nowMs } = asked;
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(draw() * choices.length)] as T;
  const about = { detectTaskId: task, startedAtMs: nowMs - 5_000, finishedAtMs: nowMs };
  switch (fault) {
    case undefined:
    case 'slow':
      return truthOf(asked);
    case 'unavailable':
      return pick([
        () => silent(pick(['connection-refused', 'reset', 'dns', 'network', 'not-http'])),
        () => bad(`<html>${canary}</html>`, pick([500, 502, 503, 504])),
        () => bad(refusal(500, canary), pick([200, 500])),
        () => bad(`${canary} not found`, pick([404, 422, 501, 408])),
      ])();
    case 'unreadable':
      return {
        said: trouble,
        exchange: {
          kind: 'unreadable',
          httpStatus: 200,
          fault: pick(['cut', 'encoded', 'too-large', 'not-utf8', 'timeout']),
        },
      };
    case 'throttled': {
      const hint = pick([undefined, '0', '1', '7', '45', '240', '-5', canary, '']);
      const hintMs = /^\d+$/.test(hint ?? '') ? Number(hint) * 1_000 : 0;
      return {
        said: { kind: 'throttled', hintMs },
        exchange: answered(refusal(429, canary), pick([200, 429]), hint),
      };
    }
    case 'hold': {
      const [code, name] = pick([
        [402, 'INSUFFICIENT_CREDITS'],
        [455, 'PROVIDER_MAINTENANCE'],
      ] as const);
      return { said: { kind: 'hold', code: name }, exchange: answered(refusal(code, canary)) };
    }
    case 'violation':
      return pick([
        () => bad(refusal(599, canary)),
        () => bad(nullResult(about)),
        () => bad(wrongShape(about, undefined)),
        () => bad(wrongShape(about, canary)),
        () => bad({ [canary]: true }),
        () => bad(brokenJson(about)),
        () => bad(succeeded(about, { faces: 1, detectId: pick([apiKey, link]) })),
        () => bad(succeeded(about, { faces: 1, finishedAt: apiKey })),
        () => bad(refusal('0x', canary)),
      ])();
    case 'stranger':
      return bad(wrongId(about));
    case 'odd': {
      // Right in spite of how it looks.
      const { said, exchange } = truthOf(asked);
      if (said.kind === 'pending')
        return { said, exchange: answered(pending(about, { status: pick([apiKey, link]) })) };
      if (exchange.kind !== 'answered' || said.kind !== 'succeeded') return { said, exchange };
      const body = pick([
        exchange.body.replace('"code":200', '"code":"200"'),
        exchange.body.replace('"status":"succeeded"', '"status":"Success"'),
        exchange.body.replace('"status":"succeeded"', '"status":"failed","status":"succeeded"'),
        exchange.body.replace('"data":{', '"__proto__":{"status":"failed"},"data":{"queue":7,'),
      ]);
      return { said, exchange: { ...exchange, body } };
    }
    case 'not-found':
      return { said: { kind: 'failed', code: 'TASK_NOT_FOUND' }, exchange: answered(refusal(404, canary)) };
    case 'denied':
      return pick([
        (): Answer => ({
          said: { kind: 'denied', code: 'FEATURE_DISABLED' },
          exchange: answered(refusal(505, canary)),
        }),
        (): Answer => ({
          said: { kind: 'denied', code: 'UNEXPECTED_RESPONSE' },
          exchange: answered(canary, pick([302, 400, 451])),
        }),
        (): Answer => ({
          said: { kind: 'denied', code: 'UNEXPECTED_RESPONSE' },
          exchange: { kind: 'no-answer', fault: 'tls' },
        }),
      ])();
    case 'wrong-key':
      return {
        said: { kind: 'denied', code: 'UNAUTHORIZED' },
        exchange: answered(refusal(401, `${canary} ${apiKey}`), pick([200, 401, 403])),
      };
  }
}
