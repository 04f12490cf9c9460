/** Archives of real records into a store in memory, from links that a test answers. */
import { assembleArchive } from '../../../functions/archive/assemble.ts';
import type { FetchLink } from '../../../functions/archive/fetch-link.ts';
import type { Got } from '../../../functions/archive/get.ts';
import { deletePicturesIn, keysOf } from '../../../functions/archive/store.ts';
import type { DetectTaskId } from '../../../functions/detection/input.ts';
import type { Face } from '../../../functions/detection/types.ts';
import type { DetectionEvent } from '../../../functions/notify/event.ts';
import { createPublish } from '../../../functions/notify/publish.ts';
import type { Head } from '../../../functions/records/item.ts';
import type { Measurement } from '../../../functions/telemetry/metrics.ts';
import { memoryStore, pictureNamed } from '../../support/pictures.ts';
import { facesOf, recordsOf, testClock, testDefaults, written } from '../../support/records.ts';
import type { TestTable } from '../../support/table.ts';

export function archivesOn(
  table: TestTable,
  { archives = true, retentionSeconds = testDefaults.retentionSeconds } = {},
) {
  const clock = testClock();
  const store = memoryStore();
  const made = recordsOf(
    table,
    clock,
    { ...testDefaults, archives, retentionSeconds },
    deletePicturesIn(store),
  );
  const { records } = made;
  const put: DetectionEvent[] = [];
  const lines: object[] = [];
  const measured: Measurement[] = [];
  const fetched: string[] = [];
  const outside = {
    fetchLink: async (link: string): Promise<Got> => ({ bytes: pictureNamed(link) }),
    put: async (event: DetectionEvent): Promise<void> => void put.push(event),
  };
  const fetchLink: FetchLink = async (link) => {
    fetched.push(link);
    return outside.fetchLink(link);
  };
  const archive = assembleArchive({
    records,
    put: (event) => outside.put(event),
    fetchLink,
    store,
    clock,
    telemetry: {
      log: (_level, _message, line) => void lines.push(line),
      measure: (...value) => void measured.push(value),
    },
  });
  const publish = createPublish({ put: async () => {}, records });
  return {
    ...made,
    clock,
    store,
    put,
    lines,
    measured,
    fetched,
    outside,
    /** Runs once, before the next picture is fetched. */
    beforeFetch(act: () => Promise<unknown>): void {
      const usual = outside.fetchLink;
      outside.fetchLink = async (link) => {
        outside.fetchLink = usual;
        await act();
        return usual(link);
      };
    },
    archive: (id: DetectTaskId, endsAtMs = Infinity, publishedId?: string) =>
      archive(id, endsAtMs, publishedId),
    /** A record that succeeded and is published. */
    async settled(
      faces: number | Face[] = 2,
      input: Parameters<typeof made.completed>[0] = {},
    ): Promise<Head> {
      const head = await made.completed(input, typeof faces === 'number' ? facesOf(faces) : faces);
      return written(publish(head));
    },
    keys: (): string[] => [...store.objects.keys()].toSorted(),
    json: (key: string): unknown => JSON.parse(Buffer.from(store.objects.get(key)?.bytes ?? []).toString()),
    manifest: ({ detect_task_id, attempt }: Head): Record<string, unknown>[] =>
      JSON.parse(
        Buffer.from(store.objects.get(keysOf(detect_task_id, attempt).manifest)?.bytes ?? []).toString(),
      ) as Record<string, unknown>[],
  };
}
