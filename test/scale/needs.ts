/** What so many tasks a second need of each quota, and which of them binds: arithmetic, no more. */
import type { WorkflowType } from '../../functions/detection/types.ts';
import { keyMaxAgeSeconds } from './assumed.ts';
import type { Demand } from './demand.ts';
import { type QuotaName, quotaNames, quotas, sandboxesPerSecond } from './quotas.ts';

/** In the quotas' own units. */
export const needsOf = (rate: number, demand: Demand): Record<QuotaName, number> => ({
  starts: rate * demand.starts,
  transitions: rate * demand.transitions,
  // Little's law: what comes in a second, as long as it stays.
  open: rate * demand.openSeconds,
  concurrency: rate * demand.busySeconds,
  invocations: rate * demand.invocations,
  indexKey: rate * demand.keyWrites,
  // Of the table or an index, whichever is more; both indexes together are an upper bound for one.
  writes: rate * Math.max(demand.tableWrites, demand.indexWrites),
  reads: rate * demand.reads,
  events: rate * demand.events,
  secrets: (rate * demand.busySeconds) / keyMaxAgeSeconds,
});

/** Needs as parts of what an account has unasked: above 1 they bind. */
export function sharesOf(type: WorkflowType, rate: number, demand: Demand): Record<QuotaName, number> {
  const needs = needsOf(rate, demand);
  return Object.fromEntries(
    quotaNames.map((name) => [name, needs[name] / quotas[name].limit[type]]),
  ) as Record<QuotaName, number>;
}

/** The quota that is overrun most; nothing where all of them are enough. */
export function bindingOf(type: WorkflowType, rate: number, demand: Demand): QuotaName | undefined {
  const shares = sharesOf(type, rate, demand);
  const worst = quotaNames.toSorted((a, b) => shares[b] - shares[a])[0];
  return worst !== undefined && shares[worst] > 1 ? worst : undefined;
}

/** Until Lambda has made the sandboxes that a steady rate wants. */
export const rampSeconds = (rate: number, demand: Demand): number =>
  (rate * demand.busySeconds) / sandboxesPerSecond;
