/** The provider as a function: slow, and under storms that all tasks meet. */
import type { CrunClient } from '../../functions/crun/client.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Actors } from './actors.ts';
import { answerOf } from './answers.ts';
import type { Faults } from './faults.ts';
import type { Posted, Said } from './history.ts';
import type { Plan, Storm } from './plan.ts';
import { postMeeting } from './posts.ts';

interface Deps {
  clock: VirtualClock;
  faults: Faults;
  actors: Actors;
  startMs: number;
  storms: readonly Storm[];
  /** The number of the call. */
  onCall: (task: string) => number;
  onSaid: (task: string, call: number, said: Said, isHeard: boolean) => void;
  /** Of its media, before a connection is made. */
  onFirstPost: (task: string, meets: string) => void;
  /** The number of the POST, whose connection is made. */
  onPost: (task: string) => number;
  /** Its sender lives, and learns this. */
  onPosted: (task: string, post: number, posted: Posted) => void;
}

/** The file of a media URL names the task that it becomes. */
const taskOfMedia = (mediaUrl: string): string =>
  new URL(mediaUrl).pathname.split('/').at(-1)?.split('.')[0] ?? '';

export function createProvider(deps: Deps) {
  const { clock, faults, startMs } = deps;
  const plans = new Map<string, Plan>();
  /** Of tasks whose media were submitted. */
  const createdAtMs = new Map<string, number>();

  /** Of which a POST was made, or at least tried. */
  const met = new Set<string>();

  const storm = (): Storm['what'] | undefined => {
    const atMs = clock.now() - startMs;
    return deps.storms.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)?.what;
  };

  function startedAtMs(task: string): number | undefined {
    const plan = plans.get(task);
    if (plan === undefined || plan.by === 'media') return createdAtMs.get(task);
    return startMs + plan.beginsAtMs - (plan.submittedMsAgo ?? 0);
  }

  return {
    submit: (plan: Plan) => void plans.set(plan.task, plan),

    call: (async (endpoint, { body = {}, timeoutMs, onConnect }) => {
      if (endpoint.method !== 'POST') throw new Error('this call is not simulated');
      const task = taskOfMedia(String(Object.values(body)[0]));
      await deps.actors.arrive(task);
      const drawn = faults.at('submission', task);
      const isFirst = !met.has(task);
      const { meets = drawn } = isFirst ? (plans.get(task) ?? {}) : {};
      met.add(task);
      if (isFirst) deps.onFirstPost(task, meets ?? 'none');
      const fault = meets === 'none' ? undefined : meets;
      await clock.sleep(40);
      if (fault === 'refused') {
        await deps.actors.leave(task);
        return { kind: 'no-answer', fault: 'connection-refused' };
      }
      onConnect?.();
      const post = deps.onPost(task);
      const { isCreated, answerMs, posted, exchange } = postMeeting(fault, task, () =>
        faults.chance(task, 'post'),
      );
      if (isCreated) createdAtMs.set(task, clock.now());
      const isHeard = answerMs <= timeoutMs;
      await clock.sleep(Math.min(answerMs, timeoutMs));
      await deps.actors.leave(task);
      deps.onPosted(task, post, isHeard ? posted : 'unknown');
      return isHeard ? exchange : { kind: 'no-answer', fault: 'timeout' };
    }) satisfies CrunClient['call'],

    getResult: (async (task, _key, timeoutMs) => {
      await deps.actors.arrive(task);
      const call = deps.onCall(task);
      const fault = storm() ?? faults.at('provider', task);
      const roundTripMs =
        fault === 'slow'
          ? 500 + 14_000 * faults.chance(task, 'slow')
          : 80 + 140 * faults.chance(task, 'trip');
      await clock.sleep(Math.min(roundTripMs / 2, timeoutMs));
      const { said, exchange } = answerOf(
        fault,
        { task, call, plan: plans.get(task), nowMs: clock.now(), startedAtMs: startedAtMs(task) },
        () => faults.chance(task, 'answer'),
      );
      const isHeard = roundTripMs <= timeoutMs;
      await clock.sleep(Math.min(roundTripMs / 2, Math.max(timeoutMs - roundTripMs / 2, 0)));
      deps.onSaid(task, call, said, isHeard);
      await deps.actors.leave(task);
      return isHeard ? exchange : { kind: 'no-answer', fault: 'timeout' };
    }) satisfies CrunClient['getResult'],
  };
}
