/** What so many tasks a second need of each quota, and which of them binds: arithmetic, no more. */
import type { WorkflowType } from '../../functions/detection/types.ts';
import { keyMaxAgeSeconds } from './assumed.ts';
import type { Demand } from './demand.ts';
import { type QuotaName, quotaNames, quotas } from './quotas.ts';

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

/** The quotas that are exceeded, the worst first, each with its factor. */
export function exceededQuotas(type: WorkflowType, rate: number, demand: Demand): [QuotaName, number][] {
  const shares = sharesOf(type, rate, demand);
  return quotaNames
    .filter((name) => shares[name] > 1)
    .toSorted((a, b) => shares[b] - shares[a])
    .map((name) => [name, shares[name]]);
}
