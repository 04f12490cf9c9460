/** Puts the archive together. The handler, the local stack and the simulation all run this wiring. */
import type { Clock } from '../clock.ts';
import { detailTypes } from '../notify/event.ts';
import type { PutEvent } from '../notify/publish.ts';
import type { Records } from '../records/records.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { createArchive } from './archive.ts';
import type { FetchLink } from './fetch-link.ts';
import type { PictureStore } from './store.ts';

export interface ArchiveClients {
  records: Records;
  put: PutEvent;
  fetchLink: FetchLink;
  store: PictureStore;
  clock: Clock;
  telemetry: Pick<Telemetry, 'log' | 'measure'>;
}

export function assembleArchive({ telemetry, ...clients }: ArchiveClients) {
  return createArchive({
    ...clients,
    continueLater: (detect_task_id) =>
      clients.put({ detailType: detailTypes.archiveDue, detail: { detect_task_id } }),
    log: (line) => telemetry.log('info', 'archived', line),
    measure: telemetry.measure,
  });
}
