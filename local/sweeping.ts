/**
 * Runs while a process polls: every minute the sweep that AWS schedules, and every hour the deletion of expired items,
 * which DynamoDB has built in and the embedded database has not.
 */
import { ageMs } from '../functions/clock.ts';
import { assembleSweep, type SweepClients } from '../functions/sweep/assemble.ts';
import { deleteExpired, type ExpiryDeps } from './expiry.ts';
import { providerOf } from './processes.ts';
import { restoreDueRows } from './restore-due-rows.ts';
import { type LocalWorkflow, processOf } from './workflow.ts';

export interface SweepingDeps
  extends Pick<SweepClients, 'records' | 'put' | 'clock' | 'telemetry'>, ExpiryDeps {
  workflow: LocalWorkflow;
  /** This process: it does not poll records of another provider. */
  processId: string;
}

const everyMs = 60_000;
/** Records live for days; looking for expired ones reads the whole table. */
const expireEveryMs = 60 * 60_000;
/** A process is known to be dead before the leases of its executions expire, however long they wait. */
const lookAheadMs = 24 * 60 * 60_000;

export interface Sweeping {
  /** One round at once. */
  now(): Promise<void>;
  /** Resolves when no round is under way. */
  stop(): Promise<void>;
}

export function startSweeping(deps: SweepingDeps): Sweeping {
  const { workflow, clock } = deps;
  const isOurs = (executionArn: string): boolean =>
    providerOf(processOf(executionArn) ?? '') === providerOf(deps.processId);
  const sweep = assembleSweep({
    ...deps,
    workflow: {
      ...workflow,
      isLost: async (arn) => isOurs(arn) && workflow.isLost(arn),
      // Left until its deadline: a process that polls that provider may still take it over.
      status: async (arn) => (isOurs(arn) ? workflow.status(arn) : 'running'),
    },
    lookAheadMs,
  });
  let expiredAtMs = Infinity;
  let underWay: Promise<void> | undefined;

  async function round(): Promise<void> {
    await sweep(Infinity);
    if (ageMs(expiredAtMs, clock.now()) < expireEveryMs) return;
    expiredAtMs = clock.now();
    await deleteExpired(deps, clock.now());
    // What was not found just now need not wait for a minute.
    if ((await restoreDueRows(deps)) > 0) await sweep(Infinity);
  }

  function sweepNow(): Promise<void> {
    underWay ??= round().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  // A record that failed is still due in a minute; a database that is gone also fails the calls of a command.
  const quietly = (): void => void sweepNow().catch(() => {});
  const timer = setInterval(quietly, everyMs);
  timer.unref();
  quietly();
  return {
    now: sweepNow,
    async stop() {
      clearInterval(timer);
      await underWay?.catch(() => {});
    },
  };
}
