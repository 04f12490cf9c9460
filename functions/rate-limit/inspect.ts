/** The rate limit of a key as operators see it, and the way to begin it anew. */
import type { HoldCode } from '../detection/error-codes.ts';
import { createLimiterItem, type ItemDeps } from './item.ts';
import { limitShapeOf, maxShards } from './limit.ts';
import { clocksApartUs } from './rebase.ts';
import type { LimiterState } from './state.ts';
import { momentOf, permilleAt, virtualTimeAt } from './virtual-clock.ts';

export interface LimitInUse {
  /** Calls a second by the settings; 0: no limit. */
  perSecond?: number | undefined;
  /** What the provider's answers leave of them at the moment. */
  effective?: number | undefined;
  /** Calls that have a slot reserved, in all shards. */
  booked: number;
  /** When the next new call would come. */
  nextAtMs: number;
  /** Where an answer of the provider stops the key. */
  pausedUntilMs?: number;
  hold?: HoldCode | undefined;
  /** By how much the last writer's clock was ahead of ours, where that is too much. */
  aheadMs?: number;
}

export interface Limit {
  inspect(): Promise<LimitInUse>;
  /** Forgets what is booked and paused. Tasks that wait for a slot reserve another one. */
  reset(): Promise<void>;
}

export interface LimitDeps extends Omit<ItemDeps, 'name'> {
  /** Calls a second by the settings, where they are known; 0: no limit. */
  perSecond?: number | undefined;
}

export function limitOf({ perSecond, ...deps }: LimitDeps, baseUrl: string, now: () => number): Limit {
  const item = createLimiterItem({ ...deps, name: limitName(baseUrl) });
  const shards = Array.from({ length: maxShards }, (_, shard) => shard);
  return {
    async inspect() {
      const nowUs = now() * 1_000;
      const states = await Promise.all(shards.map((shard) => item.read(shard)));
      const each = states.map((state) => inUse(state, nowUs));
      const [first] = each.toSorted((a, b) => (b.pausedUntilMs ?? 0) - (a.pausedUntilMs ?? 0));
      return {
        ...first,
        perSecond,
        effective: perSecond ? effectiveOf(states, perSecond, nowUs) : undefined,
        booked: each.reduce((sum, { booked }) => sum + booked, 0),
        nextAtMs: Math.max(...each.map(({ nextAtMs }) => nextAtMs)),
      };
    },
    async reset() {
      await Promise.all(shards.map((shard) => item.remove(shard)));
    },
  };
}

/** Each shard has its part, and is slowed down by what its own tasks were answered. */
function effectiveOf(states: readonly LimiterState[], perSecond: number, nowUs: number): number {
  const shape = limitShapeOf(perSecond);
  const permille = states
    .slice(0, shape.shards)
    .reduce((sum, { virtualClock }) => sum + permilleAt(virtualClock, shape, nowUs), 0);
  return (permille / 1_000 / shape.shards) * perSecond;
}

/** Names the limit by its provider. */
export const limitName = (baseUrl: string): string => new URL(baseUrl).hostname;

function inUse({ virtualClock, tatUs, writtenAtUs, intervalUs }: LimiterState, nowUs: number): LimitInUse {
  const shape = { shards: 1, intervalUs: intervalUs ?? 1, burstToleranceUs: 0 };
  const virtualUs = virtualTimeAt(virtualClock, shape, nowUs);
  const isPaused = virtualClock.resumesAtUs > nowUs;
  const aheadUs = Math.max(writtenAtUs, virtualClock.setAtUs) - nowUs;
  return {
    booked: Math.ceil(Math.max(tatUs - virtualUs, 0) / shape.intervalUs),
    nextAtMs: Math.ceil(momentOf(virtualClock, shape, Math.max(tatUs, virtualUs)) / 1_000),
    ...(isPaused && { pausedUntilMs: Math.ceil(virtualClock.resumesAtUs / 1_000), hold: virtualClock.hold }),
    ...(aheadUs > clocksApartUs && { aheadMs: Math.round(aheadUs / 1_000) }),
  };
}
