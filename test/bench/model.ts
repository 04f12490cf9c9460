/**
 * Ours as a formula instead of a run: the real decision and the prices, without database, workflow or provider, some
 * thousand times as fast. It searches; the bench measures.
 */
import { dollars, expressDollars, lambdaDollars } from '../../cli/prices.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import { decide, noHistory } from '../../functions/poll/decide.ts';
import type { Policy } from '../../functions/poll/policy.ts';
import { normalQuantile, roundTripMs, type Workload, workloads } from './workloads.ts';

/** Means of a task; the cost is of a million. */
export interface Modelled {
  lagMeanS: number;
  lagP50S: number;
  polls: number;
  invocations: number;
  waitingDollars: number;
  sandboxSeconds: number;
}

const parts = 200;
const deadlineSeconds = 24 * 3_600;
const quantiles = Array.from({ length: parts }, (_, part) => normalQuantile((part + 0.5) / parts));

export function model(type: WorkflowType, workload: Workload, policy: Policy): Modelled {
  const { medianS, sigma } = workloads[workload];
  const tasks = quantiles.map((z) => follow(type, 1_000 * medianS * Math.exp(sigma * z), policy));
  const mean = (of: (task: Followed) => number): number =>
    tasks.reduce((sum, task) => sum + of(task), 0) / parts;
  const lags = tasks.map(({ lagMs }) => lagMs).toSorted((a, b) => a - b);
  return {
    lagMeanS: mean(({ lagMs }) => lagMs) / 1_000,
    lagP50S: (lags[parts / 2 - 1] as number) / 1_000,
    polls: mean(({ polls }) => polls),
    invocations: mean(({ invocations }) => invocations),
    sandboxSeconds: mean(({ lambdaMs }) => lambdaMs) / 1_000,
    waitingDollars: 1_000_000 * mean(({ cost }) => cost),
  };
}

interface Followed {
  lagMs: number;
  polls: number;
  invocations: number;
  cost: number;
  lambdaMs: number;
}

/** Every gap in the middle of its jitter. */
const random = 0.5;

function follow(type: WorkflowType, durationMs: number, policy: Policy): Followed {
  let polls = 0;
  let invocations = 1;
  let lambdaMs = 0;
  let nowMs = 0;
  let invocationSinceMs = 0;
  for (;;) {
    const isReady = nowMs + roundTripMs / 2 >= durationMs;
    polls += 1;
    nowMs += roundTripMs;
    if (isReady) break;
    const moment = {
      nowMs,
      taskSinceMs: 0,
      pollingSinceMs: 0,
      invocationEndsAtMs:
        invocationSinceMs + (invocations === 1 ? policy.firstInvocationMs : policy.laterInvocationMs),
      isFirstInvocation: invocations === 1,
      deadlineAtMs: 1_000 * deadlineSeconds,
      deadlineSeconds,
    };
    const decision = decide({ kind: 'pending', status: 'processing' }, noHistory, moment, policy, random);
    if (decision.next === 'poll') {
      nowMs += Math.max(decision.inMs - roundTripMs / 2, policy.minPauseMs);
    } else {
      lambdaMs += nowMs - invocationSinceMs;
      nowMs += decision.next === 'wait' ? 1_000 * decision.waitSeconds : 0;
      invocationSinceMs = nowMs;
      invocations += 1;
    }
  }
  lambdaMs += nowMs - invocationSinceMs;
  const executions = Math.max(Math.ceil(nowMs / policy.segmentMs), 1);
  const workflow =
    type === 'STANDARD' ? 3 * invocations * dollars.transition : expressDollars(nowMs, executions);
  return {
    lagMs: nowMs - durationMs,
    polls,
    invocations,
    lambdaMs,
    cost: workflow + lambdaDollars(invocations, lambdaMs),
  };
}
