/** Sweeps over real records, with executions whose status a test sets. */
import { ensureRunning } from '../../../functions/control/start.ts';
import type { ExecutionStatus } from '../../../functions/control/workflow.ts';
import type { DetectionEvent } from '../../../functions/notify/event.ts';
import { createPublishArchived } from '../../../functions/notify/publish.ts';
import type { SweepCounts } from '../../../functions/sweep/outcomes.ts';
import { createSweep, type SweepDeps } from '../../../functions/sweep/sweep.ts';
import type { Measurement } from '../../../functions/telemetry/metrics.ts';
import { createEngine } from '../../support/engine.ts';
import { recordsOf, testClock, testDefaults } from '../../support/records.ts';
import type { TestTable } from '../../support/table.ts';

export const minute = 60_000;

/** A clock, records and executions for one test. */
export function sweepsOn(table: TestTable, defaults = testDefaults) {
  const clock = testClock();
  const records = recordsOf(table, clock, defaults);
  const engine = createEngine();
  const started: string[] = [];
  const archiving: string[] = [];
  const archived: DetectionEvent[] = [];
  const described: { arn: string; atMs: number }[] = [];
  let answer: ExecutionStatus | Error | undefined;
  const lines: Record<string, unknown>[] = [];
  const measured: Measurement[] = [];
  const sweepWith = (changes: Partial<SweepDeps>) =>
    createSweep({
      ...records,
      ensureRunning: (head) => ensureRunning({ records: records.records, workflow: engine.workflow }, head),
      workflow: {
        async status(arn) {
          described.push({ arn, atMs: clock.now() });
          if (answer instanceof Error) throw answer;
          return answer ?? engine.workflow.status(arn);
        },
      },
      startDelivery: async (id) => void started.push(id),
      startArchive: async (id) => void archiving.push(id),
      publishArchived: createPublishArchived({
        put: async (event) => void archived.push(event),
        records: records.records,
      }),
      clock,
      log: (line) => lines.push(line),
      measure: (...value) => measured.push(value),
      ...changes,
    });
  const run = sweepWith({});
  return {
    clock,
    ...records,
    ...engine,
    described,
    started,
    archiving,
    archived,
    lines,
    measured,
    sweepWith,
    /** The status of every execution from now on. */
    say: (status: ExecutionStatus | Error) => (answer = status),
    sweep: (endsAtMs = Infinity) => run(endsAtMs),
  };
}

export const did = (counts: SweepCounts) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
