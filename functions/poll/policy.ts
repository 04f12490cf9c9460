import * as z from 'zod/mini';

import type { WorkflowType } from '../detection/types.ts';
import { maxHintMs } from '../http/retry-after.ts';

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
  /** A slot in the rate limit that is further away is waited for by the workflow, so that a queue holds no sandboxes. */
  longestSlotPauseMs: number;
  /**
   * A pending task's gap is this times the root of its age, in seconds: the cheapest way to such a lag. The first scale
   * is for gaps within the first invocation, the later one for gaps that the workflow waits.
   */
  firstGapScale: number;
  laterGapScale: number;
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
  /** A long task is polled at least this often: at most 132 polls up to the default deadline. */
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
  // The first invocation answers nearly every image. Then the workflow waits, for three states a poll: a video holds
  // ten seconds of the sandboxes that an account shares, and not two minutes.
  firstInvocationMs: 8_000,
  laterInvocationMs: 0,
  longestPauseMs: 22_500,
  longestSlotPauseMs: 1_500,
  firstGapScale: 0.55,
  laterGapScale: 1.7,
  lateFraction: 0.08,
  ageFraction: 0.2,
  jitterFloor: 0.8,
  minInvocationGapMs: 500,
  minPauseMs: 250,
  minWaitSeconds: 1,
  maxGapMs: 50_000,
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
  firstGapScale: 0.57,
  laterGapScale: 0.57,
  lateFraction: 0.025,
  // Waiting an hour costs more than its polls: two polls a minute halve the lag for one hundredth more.
  maxGapMs: 30_000,
  // Step Functions ends an Express execution after five minutes; one minute is left for the last invocation.
  segmentMs: 240_000,
};

const policies: Record<WorkflowType, Policy> = { STANDARD: standardPolicy, EXPRESS: expressPolicy };

/** Configured budgets, in whole seconds. */
export interface Budgets {
  firstSeconds?: number | undefined;
  laterSeconds?: number | undefined;
}

/** The policy of a workflow type, with the budgets that are configured. */
export const policyOf = (type: WorkflowType, { firstSeconds, laterSeconds }: Budgets = {}): Policy => ({
  ...policies[type],
  ...(firstSeconds !== undefined && { firstInvocationMs: firstSeconds * 1_000 }),
  ...(laterSeconds !== undefined && { laterInvocationMs: laterSeconds * 1_000 }),
});

/** In a queue for slots a task joins again as late as the policy allows. */
export const inQueue = (policy: Policy): Policy => ({
  ...policy,
  lateFraction: policy.ageFraction,
  jitterFloor: 1,
});

/** No wait is longer: an end further away was written by a clock that was set back since. */
export const longestWaitMs = ({ throttleJitter }: Policy): number => maxHintMs * (1 + throttleJitter);

/** The longest that one call may take. */
export const callTimeoutMs = (policy: Policy, deadlineSeconds: number): number =>
  Math.min(policy.callTimeoutMs, deadlineSeconds * 1_000 * policy.callTimeoutFraction);

/** The memory of the function. Node with the SDK idles at 73 MB and holds 132 MB after one answer of 8 MB. */
export const functionMemoryMb = 256;
/** Lambda ends an invocation after this time. */
export const functionSeconds = 255;
/**
 * An invocation stops polling this long before its end. The last call takes ten seconds at most, and the largest answer
 * some twelve more of the function's small share of a processor, until its pages are written.
 */
export const reserveSeconds = 30;

const maxBudgetSeconds = functionSeconds - reserveSeconds;
const budgetSeconds = (minSeconds: number) => {
  const rule = `must be a whole number of seconds from ${minSeconds} to ${maxBudgetSeconds}, which leaves ${reserveSeconds} of the function's ${functionSeconds} for the last call`;
  return z.int(rule).check(z.gte(minSeconds, rule), z.lte(maxBudgetSeconds, rule));
};
export const FirstInvocationBudgetSeconds = budgetSeconds(1);
/** 0: each later invocation polls once. */
export const LaterInvocationBudgetSeconds = budgetSeconds(0);
