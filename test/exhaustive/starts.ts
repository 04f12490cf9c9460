/** When a history begins, and what the execution had seen before. */
import { type History, type Moment, noHistory, recordObservation } from '../../functions/poll/decide.ts';
import * as policies from '../../functions/poll/policy.ts';
import { nowMs } from '../support/answers.ts';
import { maintenance, processing, type Seen, unavailable, violation } from '../support/schedule.ts';

export interface Start {
  name: string;
  policy: policies.Policy;
  /** When the first observation is at hand. */
  moment: Moment;
  before: readonly Seen[];
  history: History;
  /** How long each later call takes. */
  callMs: number;
  /** Every draw of jitter, in [0, 1). */
  draw: number;
}

const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

/** At the first observation; `leftMs` is the time until the last moment for a poll. */
interface Position {
  ageMs: number;
  pollingMs: number;
  invocationLeftMs: number | 'all';
  leftMs: number | 'all';
  deadlineSeconds: number;
}
const early: Position = {
  ageMs: 0,
  pollingMs: 0,
  invocationLeftMs: 'all',
  leftMs: 'all',
  deadlineSeconds: 3_600,
};
const midway: Position = { ...early, ageMs: 3 * seconds, pollingMs: 3 * seconds };
const late: Position = { ...early, ageMs: 10 * minutes, pollingMs: 10 * minutes };

const positions = new Map<string, Position>([
  ['first poll', early],
  ['first poll, deadline of 5 s', { ...early, deadlineSeconds: 5 }],
  ['first poll, deadline of a day', { ...early, deadlineSeconds: 86_400 }],
  ['first poll of a task ten minutes old', { ...early, ageMs: 10 * minutes }],
  ['first poll, with the clock set back', { ...early, ageMs: -5 * seconds }],
  ['mid-invocation', { ...midway, invocationLeftMs: 2 * seconds }],
  ['half a second before the end of the invocation', { ...midway, invocationLeftMs: 500 }],
  ['less than that before it', { ...midway, invocationLeftMs: 499 }],
  ['end of the invocation', { ...midway, invocationLeftMs: 0 }],
  ['after the invocation, for a slow call', { ...midway, invocationLeftMs: -8 * seconds }],
  ['a later invocation', { ...early, ageMs: 30 * seconds, pollingMs: 30 * seconds }],
  ['just inside the not-found grace', { ...early, ageMs: 1 * minutes, pollingMs: 1 * minutes - 1 }],
  ['just after the not-found grace', { ...early, ageMs: 1 * minutes, pollingMs: 1 * minutes }],
  ['five minutes old', { ...early, ageMs: 5 * minutes, pollingMs: 5 * minutes, invocationLeftMs: 0 }],
  ['a day old', { ...early, ageMs: 23 * hours, pollingMs: 23 * hours, deadlineSeconds: 86_400 }],
  // The rules meet around the last poll: 1,750 ms is the shortest wait plus its return margin.
  ...[5 * minutes, 75 * seconds, 60 * seconds, 2_750, 1_750, 1_749, 1_000, 501, 500, 499, 0, -1].flatMap(
    (leftMs): [string, Position][] => [
      [`${leftMs} ms before the last poll`, { ...late, leftMs }],
      [`${leftMs} ms before the last poll, end of the invocation`, { ...late, leftMs, invocationLeftMs: 0 }],
    ],
  ),
  ['at the deadline', { ...late, leftMs: -10 * seconds }],
  ['after the deadline', { ...late, leftMs: -11 * seconds }],
  ['at a deadline of 5 s', { ...midway, deadlineSeconds: 5, leftMs: -1 * seconds }],
  ['near a deadline of 5 s', { ...midway, deadlineSeconds: 5, leftMs: 800 }],
]);

function momentOf(position: Position, policy: policies.Policy): Moment {
  const { ageMs, pollingMs, invocationLeftMs, leftMs, deadlineSeconds } = position;
  const timeoutMs = policies.callTimeoutMs(policy, deadlineSeconds);
  return {
    nowMs,
    taskSinceMs: nowMs - ageMs,
    pollingSinceMs: nowMs - pollingMs,
    invocationEndsAtMs: nowMs + (invocationLeftMs === 'all' ? policy.firstInvocationMs : invocationLeftMs),
    isFirstInvocation: invocationLeftMs === 'all',
    deadlineAtMs:
      nowMs + (leftMs === 'all' ? deadlineSeconds * seconds - Math.max(ageMs, 0) : leftMs + timeoutMs),
    deadlineSeconds,
  };
}

/** Three more violations end the polling; two more holds reach the longest wait. */
const pasts = new Map<string, readonly Seen[]>([
  ['nothing seen', []],
  ['processing seen', [processing]],
  ['two violations seen', [violation, violation]],
  ['four violations seen', [processing, violation, violation, violation, violation]],
  ['a long outage seen', Array.from({ length: 1_100 }, () => unavailable)],
  ['two holds seen', [maintenance, maintenance]],
]);

const isPolicy = (value: unknown): value is policies.Policy =>
  typeof value === 'object' && value !== null && 'firstInvocationMs' in value;

/** Every policy at every position, with every past, the extremes of jitter and of the call's length. */
export function* starts(): Generator<Start> {
  for (const [policyName, policy] of Object.entries(policies)) {
    if (!isPolicy(policy)) continue;
    for (const [positionName, position] of positions) {
      const moment = momentOf(position, policy);
      for (const [pastName, before] of pasts) {
        for (const draw of [0, 1 - Number.EPSILON]) {
          for (const callMs of [0, 350, policies.callTimeoutMs(policy, position.deadlineSeconds)]) {
            const name = `${policyName}, ${positionName}, ${pastName}, draw ${draw}, calls of ${callMs} ms`;
            const history = before.reduce(recordObservation, noHistory);
            yield { name, policy, moment, before, history, callMs, draw };
          }
        }
      }
    }
  }
}
