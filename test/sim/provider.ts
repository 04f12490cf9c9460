/** The provider at its worst, as a function: what it says is known beside the bytes that say it. */
import { createHash } from 'node:crypto';

import type { CrunClient, Exchange } from '../../functions/crun/client.ts';
import { failed, pending, refusal, succeeded } from '../../local/crun/envelope.ts';
import { brokenJson, nullResult, wrongId, wrongShape } from '../../local/crun/malformed.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Actors } from './actors.ts';
import type { FaultAt, Faults } from './faults.ts';
import type { Said } from './history.ts';
import type { Plan, Storm } from './plan.ts';

interface Deps {
  clock: VirtualClock;
  faults: Faults;
  actors: Actors;
  startMs: number;
  storms: readonly Storm[];
  apiKey: string;
  /** The number of the call. */
  onCall: (task: string) => number;
  onSaid: (task: string, call: number, said: Said, isHeard: boolean) => void;
}

/** In every link and word of the provider's, so that finding it elsewhere is a leak. */
export const canary = 'c4n4ry';

type Answer = { said: Said; exchange: Exchange };

const trouble: Said = { kind: 'trouble' };
const answered = (body: unknown, httpStatus = 200, retryAfter?: string): Exchange => ({
  kind: 'answered',
  httpStatus,
  retryAfter,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const silent = (fault: Extract<Exchange, { kind: 'no-answer' }>['fault']): Answer => ({
  said: trouble,
  exchange: { kind: 'no-answer', fault },
});
const bad = (body: unknown, httpStatus = 200): Answer => ({
  said: trouble,
  exchange: answered(body, httpStatus),
});

export function createProvider(deps: Deps) {
  const { clock, faults } = deps;
  const tasks = new Map<string, { plan: Plan; calls: number }>();

  /** What it has to say of the task, where nothing comes in between. */
  function truth(task: string, call: number): Answer {
    const known = tasks.get(task);
    if (known === undefined || known.plan.provider.ends === 'unknown')
      return { said: { kind: 'failed', code: 'TASK_NOT_FOUND' }, exchange: answered(refusal(404), 404) };
    const { provider, beginsAtMs, submittedMsAgo = 0 } = known.plan;
    const startedAtMs = deps.startMs + beginsAtMs - submittedMsAgo;
    const finishedAtMs = startedAtMs + provider.durationMs;
    const about = { detectTaskId: task, startedAtMs, finishedAtMs };
    const isDone = clock.now() >= finishedAtMs && provider.ends !== 'never';
    if (!isDone) {
      const isAtWork = clock.now() - startedAtMs > provider.durationMs / 3;
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
      case 'invalid':
        return { said: { kind: 'failed', code: 'INVALID_TASK' }, exchange: answered(refusal(422, canary)) };
      case 'succeeded':
      case 'unknown':
      case 'never': {
        // Signed links are others in every answer, and so may the id of the result be.
        const faces = Array.from({ length: provider.faces }, (_, id) => ({
          id,
          link: `https://cdn.crun.example/${canary}/${task}/${call}/${id}.jpg?`.padEnd(
            provider.linkBytes,
            'x',
          ),
        }));
        const detectId = createHash('sha256').update(`${task}/${call}`).digest('hex').slice(0, 11);
        return {
          said: { kind: 'succeeded', detectId, faces },
          exchange: answered(succeeded(about, { faces, detectId })),
        };
      }
    }
  }

  function answer(
    task: string,
    call: number,
    fault: FaultAt<'provider'> | Storm['what'] | undefined,
  ): Answer {
    const pick = <T>(choices: readonly T[]): T =>
      choices[Math.floor(faults.chance(task, 'answer') * choices.length)] as T;
    const about = { detectTaskId: task, startedAtMs: clock.now() - 5_000, finishedAtMs: clock.now() };
    switch (fault) {
      case undefined:
      case 'slow':
        return truth(task, call);
      case 'unavailable':
        return pick([
          () => silent(pick(['refused', 'reset', 'dns', 'network', 'not-http'])),
          () => bad(`<html>${canary}</html>`, pick([500, 502, 503, 504])),
          () => bad(refusal(500, canary), pick([200, 500])),
          () => bad('not found', pick([404, 422, 501, 408])),
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
        const hint = pick([undefined, '0', '1', '7', '45', '240', '-5', 'soon', '']);
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
          () => bad(refusal('0x', canary)),
        ])();
      case 'stranger':
        return bad(wrongId(about));
      case 'odd': {
        // Right in spite of how it looks.
        const { said, exchange } = truth(task, call);
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
      case 'refused':
        return pick([
          (): Answer => ({
            said: { kind: 'refused', code: 'FEATURE_DISABLED' },
            exchange: answered(refusal(505, canary)),
          }),
          (): Answer => ({
            said: { kind: 'refused', code: 'UNEXPECTED_RESPONSE' },
            exchange: answered(canary, pick([302, 400, 451])),
          }),
          (): Answer => ({
            said: { kind: 'refused', code: 'UNEXPECTED_RESPONSE' },
            exchange: { kind: 'no-answer', fault: 'tls' },
          }),
        ])();
      case 'wrong-key':
        return {
          said: { kind: 'refused', code: 'UNAUTHORIZED' },
          exchange: answered(refusal(401, `${canary} ${deps.apiKey}`), pick([200, 401, 403])),
        };
    }
  }

  const storm = (): Storm['what'] | undefined => {
    const atMs = clock.now() - deps.startMs;
    return deps.storms.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)?.what;
  };

  return {
    submit: (plan: Plan) => void tasks.set(plan.task, { plan, calls: 0 }),

    getResult: (async (task, _key, timeoutMs) => {
      await deps.actors.arrive(task);
      const call = deps.onCall(task);
      const fault = storm() ?? faults.at('provider', task);
      const roundTripMs =
        fault === 'slow'
          ? 500 + 14_000 * faults.chance(task, 'slow')
          : 80 + 140 * faults.chance(task, 'trip');
      await clock.sleep(Math.min(roundTripMs / 2, timeoutMs));
      const { said, exchange } = answer(task, call, fault);
      const isHeard = roundTripMs <= timeoutMs;
      await clock.sleep(Math.min(roundTripMs / 2, Math.max(timeoutMs - roundTripMs / 2, 0)));
      deps.onSaid(task, call, said, isHeard);
      await deps.actors.leave(task);
      return isHeard ? exchange : { kind: 'no-answer', fault: 'timeout' };
    }) satisfies CrunClient['getResult'],
  };
}
