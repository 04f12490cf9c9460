/** What one task took, counted from outside, and what that comes to. */
import { dollars, expressDollars, lambdaDollars } from '../../cli/prices.ts';

export interface Account {
  /** From the moment the provider had the answer to the moment it was in DynamoDB. */
  lagMs: number;
  polls: number;
  /** States entered and retries: each at a price in a Standard workflow. */
  transitions: number;
  /** How long each execution took that is billed by its time: an Express workflow. */
  executionsMs: readonly number[];
  /** Of a durable function. */
  operations: number;
  invocations: number;
  lambdaMs: number;
  /** In DynamoDB's units, indexes included in the writes. */
  reads: number;
  writes: number;
  /** Writes that book a slot at the provider's rate. */
  reservations: number;
  events: number;
  logBytes: number;
  durableBytes: number;
}

export const nothing: Account = {
  lagMs: 0,
  polls: 0,
  transitions: 0,
  executionsMs: [],
  operations: 0,
  invocations: 0,
  lambdaMs: 0,
  reads: 0,
  writes: 0,
  reservations: 0,
  events: 0,
  logBytes: 0,
  durableBytes: 0,
};

const gb = 1e9;

/** Workflow and Lambda: what grows with waiting. */
export const waitingDollars = (account: Account): number =>
  (account.executionsMs.length > 0 ? 0 : account.transitions * dollars.transition) +
  account.executionsMs.reduce((sum, ms) => sum + expressDollars(ms), 0) +
  account.operations * dollars.durableOperation +
  lambdaDollars(account.invocations, account.lambdaMs);

export const allInDollars = (account: Account): number =>
  waitingDollars(account) +
  account.reads * dollars.read +
  (account.writes + account.reservations) * dollars.write +
  account.events * dollars.event +
  (account.logBytes / gb) * dollars.logGb +
  (account.durableBytes / gb) * dollars.durableGb;

/** CloudWatch adds these to every event that it takes in. */
const eventOverheadBytes = 26;
/** START, END and REPORT of one invocation. */
const platformBytes = 66 + 51 + 165 + 3 * eventOverheadBytes;
/** A metric in CloudWatch's embedded format. */
const metricBytes = 290 + eventOverheadBytes;
/** One event of a workflow's log without execution data: id, type, ARN and times. */
const workflowEventBytes = 350 + eventOverheadBytes;
/** What stands on each line of a function beside what was seen: level, message, time, request, execution. */
const lineFrameBytes = 215 + eventOverheadBytes;

export const platformLog = (invocations: number): number => invocations * platformBytes;

/** An invocation writes a line a poll, and its metrics at its end: calls and what was seen; the last invocation also the outcome. */
export const functionLog = (invocations: number, lines: number, seenBytes: number): number =>
  lines * lineFrameBytes + seenBytes + 2 * (invocations + 1) * metricBytes;

/** Of Standard at level ALL: every state is entered and left, an invocation is scheduled, started and done. */
export const workflowLog = (transitions: number, invocations: number): number =>
  (2 + 2 * transitions + 3 * invocations) * workflowEventBytes;
