/** The provider as a function: slow, and under storms that all tasks meet. */
import type { CrunClient } from '../../functions/crun/client.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Actors } from './actors.ts';
import { answerOf } from './answers.ts';
import type { Faults } from './faults.ts';
import type { Said } from './history.ts';
import type { Plan, Storm } from './plan.ts';

interface Deps {
  clock: VirtualClock;
  faults: Faults;
  actors: Actors;
  startMs: number;
  storms: readonly Storm[];
  /** The number of the call. */
  onCall: (task: string) => number;
  onSaid: (task: string, call: number, said: Said, isHeard: boolean) => void;
}

export function createProvider(deps: Deps) {
  const { clock, faults, startMs } = deps;
  const plans = new Map<string, Plan>();

  const storm = (): Storm['what'] | undefined => {
    const atMs = clock.now() - startMs;
    return deps.storms.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)?.what;
  };

  return {
    submit: (plan: Plan) => void plans.set(plan.task, plan),

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
        { task, call, plan: plans.get(task), nowMs: clock.now(), startMs },
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
