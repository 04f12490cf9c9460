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
  /** In DynamoDB's units: of the table, and of its indexes. */
  reads: number;
  writes: number;
  indexWrites: number;
  /** Writes that book a slot at the provider's rate. */
  reservations: number;
  events: number;
  /** Requests to a queue. */
  queueRequests: number;
  /** What CloudWatch takes in, by what writes it. */
  logs: Logs;
  durableBytes: number;
}

/** In bytes. */
export interface Logs {
  /** START, END and REPORT of the platform. */
  platform: number;
  /** Metrics in CloudWatch's embedded format. */
  metrics: number;
  /** The function's own lines. */
  lines: number;
  workflow: number;
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
  indexWrites: 0,
  reservations: 0,
  events: 0,
  queueRequests: 0,
  logs: { platform: 0, metrics: 0, lines: 0, workflow: 0 },
  durableBytes: 0,
};

const gb = 1e9;

/** Workflow, queue and Lambda: what grows with waiting. In US dollars. */
export const waitingDollars = (account: Account): number =>
  (account.executionsMs.length > 0 ? 0 : account.transitions * dollars.transition) +
  account.executionsMs.reduce((sum, ms) => sum + expressDollars(ms), 0) +
  account.operations * dollars.durableOperation +
  account.queueRequests * dollars.queueRequest +
  lambdaDollars(account.invocations, account.lambdaMs);

/** Every part of the sum, in US dollars. */
export const costsOf = (account: Account) => ({
  waiting: waitingDollars(account),
  table: (account.writes + account.reservations) * dollars.write,
  indexes: account.indexWrites * dollars.write,
  reads: account.reads * dollars.read,
  events: account.events * dollars.event,
  platformLog: (account.logs.platform / gb) * dollars.logGb,
  metrics: (account.logs.metrics / gb) * dollars.logGb,
  lines: (account.logs.lines / gb) * dollars.logGb,
  workflowLog: (account.logs.workflow / gb) * dollars.logGb,
  durableState: (account.durableBytes / gb) * dollars.durableGb,
});
export type Costs = ReturnType<typeof costsOf>;

export const allInDollars = (account: Account): number =>
  Object.values(costsOf(account)).reduce((sum, part) => sum + part, 0);

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

/**
 * What a task of ours writes: lines and metrics as counted; of the platform nothing but warnings. Standard at level ALL
 * logs every state as entered and left, and an invocation as
 * scheduled, started and done.
 */
export const logsOf = (of: {
  invocations: number;
  lines: number;
  lineBytes: number;
  documents: number;
  transitions?: number;
}): Logs => ({
  platform: 0,
  metrics: of.documents * metricBytes,
  lines: of.lines * lineFrameBytes + of.lineBytes,
  workflow:
    of.transitions === undefined ? 0 : (2 + 2 * of.transitions + 3 * of.invocations) * workflowEventBytes,
});
/** A function that logs nothing by itself. */
export const platformLogs = (invocations: number): Logs => ({
  ...nothing.logs,
  platform: invocations * platformBytes,
});
