/** What an archive adds to a task: the real archive and the sweep at its expiry, over real records, counted from outside. */
import { dollars, lambdaDollars } from '../../cli/prices.ts';
import { assembleArchive } from '../../functions/archive/assemble.ts';
import { memoryMb } from '../../functions/archive/policy.ts';
import { deletePicturesIn, type PictureStore } from '../../functions/archive/store.ts';
import type { DetectTaskId } from '../../functions/detection/input.ts';
import { picturesExpireAtMs } from '../../functions/records/archive.ts';
import { meterCapacity } from '../support/capacity.ts';
import { memoryStore, pictureNamed } from '../support/pictures.ts';
import { facesOf, recordsOf, taskId, testDefaults, written } from '../support/records.ts';
import { openTable, type TestTable } from '../support/table.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { type Account, allInDollars, logsOf, nothing } from './account.ts';
import { roundTripMs } from './workloads.ts';

/** What one detection's archive costs, in US dollars per 1,000 faces. */
export interface ArchiveCost {
  /** Of one detection. */
  faces: number;
  function: number;
  /** The bucket. */
  pictures: number;
  /** The table, events and logs. */
  others: number;
  allIn: number;
}

/** Its length is in every key that is stored. */
const detect_task_id = taskId('task-of-the-archive');
const sizes = [1, 30, 1_000] as const;
/** Of a small picture of one face. */
const pictureBytes = 20_000;
const months = testDefaults.retentionSeconds / (30 * 86_400);
/** The time-out of the function. */
const invocationMs = 5 * 60_000;

const rounded = (value: number): number => Number(value.toFixed(6));

export async function archiveCosts(of: readonly number[] = sizes): Promise<ArchiveCost[]> {
  const costs: ArchiveCost[] = [];
  for (const faces of of) {
    const [with_, without] = [await archiveOf(faces, true), await archiveOf(faces, false)];
    const perThousandFaces = (part: number): number => rounded((part / faces) * 1_000);
    const inFunction = lambdaDollars(with_.invocations, with_.lambdaMs, memoryMb);
    const others = allInDollars(with_.account) - allInDollars(without.account);
    costs.push({
      faces,
      function: perThousandFaces(inFunction),
      pictures: perThousandFaces(with_.pictures),
      others: perThousandFaces(others),
      allIn: perThousandFaces(inFunction + with_.pictures + others),
    });
  }
  return costs;
}

/** Counts requests, and what is kept until the record expires; deleting is free. */
function meterStore(): { store: PictureStore; spent: () => number } {
  const inner = memoryStore();
  let spent = 0;
  const store: PictureStore = {
    ...inner,
    async put(name, bytes, contentType) {
      const kept = contentType.startsWith('image/') ? pictureBytes : bytes.byteLength;
      spent += dollars.s3Put + (kept / 1e9) * months * dollars.s3GbMonth;
      return inner.put(name, bytes, contentType);
    },
    async read(name) {
      spent += dollars.s3Get;
      return inner.read(name);
    },
    async deleteUnder(prefix) {
      const found = [...inner.objects.keys()].filter((name) => name.startsWith(prefix)).length;
      // A list for each thousand, and one that finds nothing.
      spent += (Math.ceil(found / 1_000) + 1) * dollars.s3Put;
      return inner.deleteUnder(prefix);
    },
  };
  return { store, spent: () => spent };
}

/** A table in whose calls no time passes. */
async function openTimelessTable(clock: VirtualClock): Promise<TestTable> {
  const table = await openTable();
  table.client.middlewareStack.add((next) => (args) => clock.hold(next(args)), {
    step: 'initialize',
    name: 'holdTime',
    priority: 'high',
  });
  return table;
}

interface Archived {
  /** But for the function. */
  account: Account;
  invocations: number;
  lambdaMs: number;
  pictures: number;
}

/** From the moment a record succeeded until its pictures expire; or without an archive until it is published. */
async function archiveOf(faces: number, archives: boolean): Promise<Archived> {
  const clock = createVirtualClock();
  const table = await openTimelessTable(clock);
  const capacity = meterCapacity(table.client);
  const { store, spent } = meterStore();
  const made = recordsOf(table, clock, { ...testDefaults, archives }, deletePicturesIn(store));
  const counts = { events: 0, invocations: 0, lambdaMs: 0, lines: 0, lineBytes: 0, documents: 0 };
  const archive = assembleArchive({
    records: made.records,
    put: async () => void (counts.events += 1),
    store,
    clock,
    async fetchLink(link) {
      await clock.sleep(roundTripMs);
      return { bytes: pictureNamed(link) };
    },
    telemetry: {
      log(_level, _message, line) {
        counts.lines += 1;
        counts.lineBytes += JSON.stringify(line).length;
      },
      measure: () => void (counts.documents += 1),
    },
  });

  async function live(): Promise<DetectTaskId> {
    const head = await written(made.publish(await made.completed({ detect_task_id }, facesOf(faces))));
    const { detect_task_id: id } = head;
    for (let { archive: kept } = head; kept?.state === 'pending'; { archive: kept } = await made.headOf(id)) {
      const sinceMs = clock.now();
      await archive(id, sinceMs + invocationMs);
      counts.invocations += 1;
      counts.lambdaMs += clock.now() - sinceMs;
    }
    if (!archives) return id;
    const kept = await made.headOf(id);
    await clock.sleep((picturesExpireAtMs(kept) ?? 0) - clock.now());
    await made.records.clearDue(kept);
    return id;
  }
  const id = await clock.attend(live);
  const { reads, writes, indexWrites } = capacity(id);
  await table.close();
  return {
    account: { ...nothing, events: counts.events, reads, writes, indexWrites, logs: logsOf(counts) },
    invocations: counts.invocations,
    lambdaMs: counts.lambdaMs,
    pictures: spent(),
  };
}
