/** Submissions over one table: the real code and a provider of tasks, with a clock that moves only where it is slept on. */
import { fixedKey } from '../../functions/api-key/reader.ts';
import { createService } from '../../functions/control/service.ts';
import { executionName } from '../../functions/control/workflow.ts';
import { createCrunClient } from '../../functions/crun/client.ts';
import { assembleDetect, type SubmitClients, type SubmitSettings } from '../../functions/submit/assemble.ts';
import type { Submitter } from '../../functions/submit/submitter.ts';
import type { Measurement } from '../../functions/telemetry/metrics.ts';
import { tableName } from '../../local/table.ts';
import { createEngine } from './engine.ts';
import { recordsOf, type TestClock, testClock } from './records.ts';
import type { TestTable } from './table.ts';

export const submissionKey = 'key-of-the-submissions';

/** For tests that submit nothing. */
export const noSubmitter: Submitter = {
  detect: async () => Promise.reject(new Error('nothing is submitted here')),
  prepareUpload: async () => Promise.reject(new Error('nothing is uploaded here')),
};

export interface SubmittingOptions extends Partial<SubmitSettings> {
  baseUrl: string;
  clock?: TestClock;
  clients?: Partial<SubmitClients>;
}

export function submittingTo(table: Pick<TestTable, 'client'>, options: SubmittingOptions) {
  const { clock = testClock(), clients = {}, ...settings } = options;
  const { records } = recordsOf({ client: table.client }, clock);
  const { workflow, running } = createEngine();
  const crun = createCrunClient({ baseUrl: options.baseUrl });
  const logged: string[] = [];
  const measured: Measurement[] = [];
  const service = createService({ records, workflow, now: () => clock.now() });
  const detect = assembleDetect(
    { tableName, provider: 'crun', rateLimit: 0, experimentalVideo: false, ...settings },
    {
      records,
      service,
      crun,
      dynamodb: table.client,
      apiKey: fixedKey(submissionKey),
      clock,
      random: () => 0.5,
      telemetry: {
        log: (...line) => void logged.push(JSON.stringify(line)),
        measure: (...value) => void measured.push(value),
      },
      ...clients,
    },
  );
  return {
    detect,
    records,
    service,
    clock,
    logged,
    measured,
    running,
    /** Whether the execution that polls a task was started. */
    isPolled: (detectTaskId: string) => running().includes(executionName(1, detectTaskId)),
  };
}
