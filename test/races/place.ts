/** All parts of the service in one process, whose calls are steps. */
import { assembleArchive } from '../../functions/archive/assemble.ts';
import { deletePicturesIn } from '../../functions/archive/store.ts';
import { createService } from '../../functions/control/service.ts';
import type { DetectTaskId } from '../../functions/detection/input.ts';
import { createPublish } from '../../functions/notify/publish.ts';
import { createDeliver } from '../../functions/notify/webhook/deliver.ts';
import { createRecords } from '../../functions/records/records.ts';
import { assembleSweep } from '../../functions/sweep/assemble.ts';
import { tableName } from '../../local/table.ts';
import { createEngine } from '../support/engine.ts';
import { memoryStore, pictureNamed } from '../support/pictures.ts';
import { testClock, testDefaults } from '../support/records.ts';
import type { TestTable } from '../support/table.ts';

export const defaults = { ...testDefaults, archives: true };

export function createPlace(table: TestTable) {
  const clock = testClock();
  const now = (): number => clock.now();
  const store = memoryStore();
  let onStep: (() => Promise<void>) | undefined;
  const step = async (): Promise<void> => onStep?.();
  table.client.middlewareStack.add(
    (next) => async (args) => {
      await step();
      return next(args);
    },
    { step: 'initialize', name: 'steps', override: true },
  );
  store.before = step;
  const records = createRecords({
    client: table.client,
    tableName,
    defaults,
    now,
    deletePictures: deletePicturesIn(store),
  });
  const telemetry = { log: () => {}, measure: () => {} };
  const { workflow } = createEngine();
  const service = createService({ records, workflow, now });
  const put = step;
  const publish = createPublish({ put, records });
  const archive = assembleArchive({
    records,
    put,
    store,
    clock,
    telemetry,
    async fetchLink(link) {
      await step();
      return { bytes: pictureNamed(link) };
    },
  });
  const deliver = createDeliver({
    ...telemetry,
    records,
    clock,
    random: () => 0.5,
    ready: async () => {},
    async post() {
      await step();
      return { status: 500 };
    },
  });
  const sweep = assembleSweep({ records, workflow, put, clock, telemetry });
  return {
    clock,
    table,
    store,
    records,
    service,
    publish,
    deliver,
    archive: (id: DetectTaskId) => archive(id, Infinity),
    sweep: () => sweep(Infinity),
    /** Runs before each step while a writer works. */
    watch: (act: (() => Promise<void>) | undefined) => (onStep = act),
  };
}

export type Place = ReturnType<typeof createPlace>;
