import * as z from 'zod/mini';

import type { WorkflowType } from '../detection/types.ts';

/**
 * Every number of the schedule, with its consequence. The bounds around them are the contract of docs/design.md;
 * the numbers inside are chosen for each workflow type by what waiting costs there
 * (docs/decisions/schedule-by-price.md).
 */
export interface Policy {
  /** How long the first invocation of an execution may go on polling: waiting here costs Lambda time. */
  firstInvocationMs: number;
  /** The same for every later invocation; without any, each of them polls once. */
  laterInvocationMs: number;
  /** A longer gap is left to the workflow, also where the invocation could last: its Lambda time costs more than leaving. */
  longestPauseMs: number;
  /** A pending task's gap is this many seconds times the root of its age in seconds: what costs least for such lag. */
  gapScale: number;
  /** From some minutes on at least this part of the age: what takes so long is not waited for by the second. */
  lateFraction: number;
  /** But never more than this part of the age: a young task is asked often. */
  ageFraction: number;
  /** Gaps are drawn from this part of the full gap upwards, so that tasks begun together drift apart. */
  jitterFloor: number;
  minInvocationGapMs: number;
  /** So long after an answer nobody is asked, however slow it was in coming. */
  minPauseMs: number;
  minWaitSeconds: number;
  /** A pending task is asked about once a minute from its fortieth on: 227 polls at the most up to the default deadline. */
  maxGapMs: number;
  /** Added to a throttled wait, up to this part of it: hints are often the same for everybody. */
  throttleJitter: number;
  /** Unavailable and violation: 1 s, 2 s, 4 s … 60 s. An hour of outage costs 82 calls a task at the most. */
  backoffBaseMs: number;
  backoffMaxMs: number;
  maxViolationsInARow: number;
  /** The workflow brings the next invocation some 100 ms late: a wait that ends exactly at the last poll would miss it. */
  returnMarginMs: number;
  /** A task just submitted may not be known everywhere yet. */
  notFoundGraceMs: number;
  /** The whole call. Also how long before the deadline the last one starts. */
  callTimeoutMs: number;
  /** A short deadline leaves no room for a full call time-out: then it is this part of the deadline. */
  callTimeoutFraction: number;
  /** An execution ends itself so long after its start, and another one goes on; never, where there is no limit. */
  segmentMs: number;
}

export const standardPolicy: Policy = {
  // Three transitions cost as much as 22 s of the function: as good as every answer comes within the first invocation.
  firstInvocationMs: 225_000,
  laterInvocationMs: 225_000,
  longestPauseMs: 22_500,
  gapScale: 0.45,
  lateFraction: 0.025,
  ageFraction: 0.2,
  jitterFloor: 0.8,
  minInvocationGapMs: 500,
  minPauseMs: 250,
  minWaitSeconds: 1,
  maxGapMs: 60_000,
  throttleJitter: 0.25,
  backoffBaseMs: 1_000,
  backoffMaxMs: 60_000,
  maxViolationsInARow: 5,
  returnMarginMs: 750,
  notFoundGraceMs: 60_000,
  callTimeoutMs: 10_000,
  callTimeoutFraction: 0.2,
  segmentMs: Number.POSITIVE_INFINITY,
};

export const expressPolicy: Policy = {
  ...standardPolicy,
  // A second of waiting costs a third of what it costs in the function, but there are no halves of it: an image is
  // asked for in the function, whatever takes longer by one poll an invocation.
  firstInvocationMs: 1_900,
  laterInvocationMs: 0,
  gapScale: 0.57,
  // Step Functions ends an Express execution after five minutes; the last invocation has one of them to end in.
  segmentMs: 240_000,
};

const policies: Record<WorkflowType, Policy> = { STANDARD: standardPolicy, EXPRESS: expressPolicy };

/** The policy of a workflow type; a budget of one's own holds for all invocations alike. */
export const policyOf = (type: WorkflowType, invocationBudgetSeconds?: number): Policy => ({
  ...policies[type],
  ...(invocationBudgetSeconds !== undefined && {
    firstInvocationMs: invocationBudgetSeconds * 1_000,
    laterInvocationMs: invocationBudgetSeconds * 1_000,
  }),
});

/** In a queue for slots a task joins again as late as the policy allows. */
export const inQueue = (policy: Policy): Policy => ({
  ...policy,
  lateFraction: policy.ageFraction,
  jitterFloor: 1,
});

/** How long one call of this attempt may take at the most. */
export const callTimeoutMs = (policy: Policy, deadlineSeconds: number): number =>
  Math.min(policy.callTimeoutMs, deadlineSeconds * 1_000 * policy.callTimeoutFraction);

/** The memory of the function. Node with the SDK idles at 73 MB and holds 132 MB after one answer of 8 MB. */
export const functionMemoryMb = 256;
/** After this long Lambda ends an invocation. */
export const functionSeconds = 240;
/** An invocation stops polling this long before: time for the last call and its writes. */
export const reserveSeconds = 15;

const invocationBudgetBounds = { minSeconds: 1, maxSeconds: functionSeconds - reserveSeconds } as const;
const budgetRule = `must be a whole number of seconds from ${invocationBudgetBounds.minSeconds} to ${invocationBudgetBounds.maxSeconds}, which leaves ${reserveSeconds} of the function's ${functionSeconds} for the last call`;
export const InvocationBudgetSeconds = z
  .int(budgetRule)
  .check(
    z.gte(invocationBudgetBounds.minSeconds, budgetRule),
    z.lte(invocationBudgetBounds.maxSeconds, budgetRule),
  );
