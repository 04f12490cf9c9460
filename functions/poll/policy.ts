import * as z from 'zod/mini';

import type { WorkflowType } from '../detection/types.ts';

/**
 * Every number of the schedule, with its consequence. docs/design.md promises the bounds. The numbers within them are
 * chosen for each workflow type by what waiting costs there (docs/decisions/schedule-by-price.md).
 */
export interface Policy {
  /** How long the first invocation of an execution may poll: waiting in it costs Lambda time. */
  firstInvocationMs: number;
  /** The same for every later invocation; at 0 each polls once. */
  laterInvocationMs: number;
  /** A longer gap is always left to the workflow: its Lambda time would cost more than the transitions. */
  longestPauseMs: number;
  /** A pending task's gap is this times the root of its age, in seconds: the cheapest way to such a lag. */
  gapScale: number;
  /** From some minutes on the gap is at least this part of the age: a long task is not polled by the second. */
  lateFraction: number;
  /** The gap is never more than this part of the age: a young task is polled often. */
  ageFraction: number;
  /** Gaps are drawn from this part of the full gap upwards, so that tasks that began together drift apart. */
  jitterFloor: number;
  minInvocationGapMs: number;
  /** No call starts sooner after an answer, however long that answer took. */
  minPauseMs: number;
  minWaitSeconds: number;
  /** From its fortieth minute a task is polled once a minute: at most 227 polls up to the default deadline. */
  maxGapMs: number;
  /** Up to this part is added to a throttled wait, because many callers get the same hint. */
  throttleJitter: number;
  /** After unavailable or violation: 1 s, 2 s, 4 s … 60 s. An hour of outage costs at most 82 calls a task. */
  backoffBaseMs: number;
  backoffMaxMs: number;
  maxViolationsInARow: number;
  /** The workflow starts the next invocation some 100 ms late: a wait that ends at the last poll would miss it. */
  returnMarginMs: number;
  /** The provider may not know a task everywhere right after its submission. */
  notFoundGraceMs: number;
  /** For the whole call. The last call starts this long before the deadline. */
  callTimeoutMs: number;
  /** Under a short deadline the time-out is this part of the deadline. */
  callTimeoutFraction: number;
  /** An execution hands off this long after its start; never where there is no limit. */
  segmentMs: number;
}

export const standardPolicy: Policy = {
  // Three transitions cost as much as 22 s of the function, so most answers come within the first invocation.
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
  // A second of waiting costs a third of a second of the function, but the workflow waits in whole ones. So images
  // are polled within one invocation, and longer tasks by one poll an invocation.
  firstInvocationMs: 1_900,
  laterInvocationMs: 0,
  gapScale: 0.57,
  // Step Functions ends an Express execution after five minutes; one minute is left for the last invocation.
  segmentMs: 240_000,
};

const policies: Record<WorkflowType, Policy> = { STANDARD: standardPolicy, EXPRESS: expressPolicy };

/** The policy of a workflow type. A configured budget applies to all invocations alike. */
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

/** The longest that one call may take. */
export const callTimeoutMs = (policy: Policy, deadlineSeconds: number): number =>
  Math.min(policy.callTimeoutMs, deadlineSeconds * 1_000 * policy.callTimeoutFraction);

/** The memory of the function. Node with the SDK idles at 73 MB and holds 132 MB after one answer of 8 MB. */
export const functionMemoryMb = 256;
/** Lambda ends an invocation after this time. */
export const functionSeconds = 240;
/** An invocation stops polling this long before its end: time for the last call and its writes. */
export const reserveSeconds = 15;

const invocationBudgetBounds = { minSeconds: 1, maxSeconds: functionSeconds - reserveSeconds } as const;
const budgetRule = `must be a whole number of seconds from ${invocationBudgetBounds.minSeconds} to ${invocationBudgetBounds.maxSeconds}, which leaves ${reserveSeconds} of the function's ${functionSeconds} for the last call`;
export const InvocationBudgetSeconds = z
  .int(budgetRule)
  .check(
    z.gte(invocationBudgetBounds.minSeconds, budgetRule),
    z.lte(invocationBudgetBounds.maxSeconds, budgetRule),
  );
