import * as z from 'zod/mini';

/**
 * Every number of the schedule, with its consequence. The bounds around them are the contract of docs/design.md;
 * the numbers inside are this workflow type's choice.
 */
export interface Policy {
  /** How long one visit may go on polling: waiting here costs Lambda time, leaving costs three transitions. */
  visitBudgetMs: number;
  /** A pending task is asked again after at most this part of its age: lag grows in proportion, polls as a logarithm. */
  ageFraction: number;
  /** Gaps are drawn from this part of the full gap upwards, so that tasks begun together drift apart. */
  jitterFloor: number;
  minGapInVisitMs: number;
  minWaitSeconds: number;
  /** A pending task is asked about once a minute from its fifth on: 109 polls at the most up to the default deadline. */
  maxGapMs: number;
  /** Added to a throttled wait, up to this part of it: hints are often the same for everybody. */
  throttleJitter: number;
  /** Unavailable and violation: 1 s, 2 s, 4 s … 60 s. An hour of outage costs 82 calls a task at the most. */
  backoffBaseMs: number;
  backoffMaxMs: number;
  /** On hold: somebody must act first, so 1, 2, 4, 4 … minutes, each up to a quarter longer: never over five. */
  holdBaseMs: number;
  holdMaxMs: number;
  holdJitter: number;
  maxViolationsInARow: number;
  /** The workflow brings the next visit some 100 ms late: a wait that ends exactly at the last poll would miss it. */
  returnMarginMs: number;
  /** A task just submitted may not be known everywhere yet. */
  notFoundGraceMs: number;
  /** The whole call. Also how long before the deadline the last one starts. */
  callTimeoutMs: number;
  /** A short deadline leaves no room for a full call time-out: then it is this part of the deadline. */
  callTimeoutFraction: number;
}

export const standardPolicy: Policy = {
  visitBudgetMs: 5_000,
  ageFraction: 0.2,
  jitterFloor: 0.8,
  minGapInVisitMs: 500,
  minWaitSeconds: 1,
  maxGapMs: 60_000,
  throttleJitter: 0.25,
  backoffBaseMs: 1_000,
  backoffMaxMs: 60_000,
  holdBaseMs: 60_000,
  holdMaxMs: 240_000,
  holdJitter: 0.25,
  maxViolationsInARow: 5,
  returnMarginMs: 750,
  notFoundGraceMs: 60_000,
  callTimeoutMs: 10_000,
  callTimeoutFraction: 0.2,
};

/** How long one call of this attempt may take at the most. */
export const callTimeoutMs = (policy: Policy, deadlineSeconds: number): number =>
  Math.min(policy.callTimeoutMs, deadlineSeconds * 1_000 * policy.callTimeoutFraction);

/** After this long Lambda ends a visit. */
export const functionSeconds = 60;
/** A visit stops polling this long before: time for the last call and its writes. */
export const reserveSeconds = 15;

const visitBudgetBounds = { minSeconds: 1, maxSeconds: functionSeconds - reserveSeconds } as const;
const budgetRule = `must be a whole number of seconds from ${visitBudgetBounds.minSeconds} to ${visitBudgetBounds.maxSeconds}, which leaves ${reserveSeconds} of the function's ${functionSeconds} for the last call`;
export const VisitBudgetSeconds = z
  .int(budgetRule)
  .check(z.gte(visitBudgetBounds.minSeconds, budgetRule), z.lte(visitBudgetBounds.maxSeconds, budgetRule));
