/**
 * The actors: an invocation, a caller. Each has a clock that may be wrong, and may die at any call that
 * leaves its process: then nothing that it does goes on.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Faults } from './faults.ts';

export interface Actor {
  /** About which it is at work; empty for the sweep, which is about all of them. */
  task: string;
  /** Tasks that something went wrong about while it was at work; empty for none in particular. */
  faulty: Set<string>;
  isDead: boolean;
  onDeath: () => void;
  sandbox: Sandbox;
}

export interface Sandbox {
  /** By how much its clock is wrong. */
  aheadMs: number;
}

export interface Actors {
  /** `'died'` where it did; its own error where it failed. */
  run<T>(actor: Actor, work: () => Promise<T>): Promise<T | 'died'>;
  /** Without an actor: the services themselves. */
  outside<T>(work: () => T): T;
  current(): Actor | undefined;
  /** Just before a call leaves the process. */
  arrive(task: string): Promise<void>;
  /** Just after it was carried out, before its caller knows. */
  leave(task: string): Promise<void>;
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});

export function createActors(deps: { clock: VirtualClock; faults: Faults }): Actors {
  const { clock, faults } = deps;
  const actors = new AsyncLocalStorage<Actor | undefined>();

  function die(actor: Actor): Promise<never> {
    actor.isDead = true;
    actor.onDeath();
    return never();
  }

  /** One draw a call: where it dies, before it or after it. */
  const fates = new WeakMap<Actor, 'dies-before' | 'dies-after'>();

  return {
    async run(actor, work) {
      const { promise, resolve } = Promise.withResolvers<'died'>();
      actor.onDeath = () => resolve('died');
      return Promise.race([actors.run(actor, work), promise]);
    },
    outside: (work) => actors.run(undefined, work),
    current: () => actors.getStore(),

    async arrive(task) {
      const actor = actors.getStore();
      if (actor === undefined) return;
      if (actor.isDead) return never();
      const fate = faults.at('life', task);
      if (fate === 'dies-before') return die(actor);
      if (fate === 'dies-after') fates.set(actor, fate);
    },
    async leave(task) {
      const actor = actors.getStore();
      if (actor === undefined) return;
      if (actor.isDead) return never();
      if (fates.has(actor)) return die(actor);
      const fault = faults.at('clock', task);
      if (fault === 'jump') actor.sandbox.aheadMs = Math.round((faults.chance(task, 'jump') - 0.5) * 2_000);
      if (fault === 'freeze') {
        await clock.sleep(500 + 100_000 * faults.chance(task, 'freeze') ** 3);
        if (actor.isDead) return never();
      }
    },
  };
}
