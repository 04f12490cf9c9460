/** Puts the sweep together. The handler, the local stack and the simulation all run this wiring. */
import type { Clock } from '../clock.ts';
import { ensureRunning } from '../control/start.ts';
import type { Workflow } from '../control/workflow.ts';
import { detailTypes } from '../notify/event.ts';
import { createPublish, createPublishArchived, type PutEvent } from '../notify/publish.ts';
import type { Records } from '../records/records.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { measureSweep } from './measure.ts';
import type { SweepCounts } from './outcomes.ts';
import { createSweep, type SweepDeps } from './sweep.ts';

export interface SweepClients extends Pick<SweepDeps, 'lookAheadMs'> {
  records: Records;
  workflow: Workflow;
  put: PutEvent;
  clock: Clock;
  telemetry: Telemetry;
}

/** Time for the record at hand when the invocation is about to end. */
const reserveMs = 15_000;

export function assembleSweep(clients: SweepClients) {
  const { put, telemetry, ...others } = clients;
  const { records, workflow } = others;
  const sweep = createSweep({
    ...others,
    publish: createPublish({ put, records }),
    startDelivery: (detect_task_id) =>
      put({ detailType: detailTypes.deliveryDue, detail: { detect_task_id } }),
    startArchive: (detect_task_id) => put({ detailType: detailTypes.archiveDue, detail: { detect_task_id } }),
    publishArchived: createPublishArchived({ put, records }),
    ensureRunning: (head) => ensureRunning({ records, workflow }, head),
    log: (line) => telemetry.log(line.sweep === 'failed' ? 'error' : 'info', 'swept', line),
    measure: telemetry.measure,
  });

  /** `endsAtMs`: when the invocation would be stopped. */
  return async function run(endsAtMs: number): Promise<SweepCounts> {
    const counts = await sweep(endsAtMs - reserveMs);
    measureSweep(telemetry.measure, counts);
    return counts;
  };
}
