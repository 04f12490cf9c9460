/**
 * Keeps the pictures of a detection's faces, whose links expire. Running it twice is harmless: each run of faces is
 * claimed on the record before a picture is written, and the same picture has the same key. A dead link is a fault in
 * the archive, and never one of the detection.
 */
import { type Clock, iso } from '../clock.ts';
import type { DetectTaskId } from '../detection/input.ts';
import { type Archive, deliveryId } from '../detection/types.ts';
import { archivedEventOf } from '../notify/event.ts';
import type { PutEvent } from '../notify/publish.ts';
import { isArchivable, newArchive } from '../records/archive.ts';
import { isDueAt } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';
import type { Measure } from '../telemetry/metrics.ts';
import { ClaimExpiredError, type CopyDeps, copyFaces, type Run } from './copy-faces.ts';
import { jsonBytes, type Manifest, type ManifestEntry, Part, parseJson } from './manifest.ts';
import { keysOf, type PictureStore } from './store.ts';

export interface ArchiveDeps extends CopyDeps {
  records: Pick<Records, 'read' | 'get' | 'recordArchive' | 'forget'>;
  store: PictureStore;
  put: PutEvent;
  /** Starts the next invocation for a record with more faces than one can copy. */
  continueLater: (detectTaskId: DetectTaskId) => Promise<void>;
  clock: Clock;
  log: (line: ArchiveLine) => void;
  measure: Measure;
}

type ArchiveLine = { detect_task_id: string; archive: Archive['state']; faces: number; bytes: number };

/** Longer than the slowest run of faces: due again only where its writer has died. */
export const claimMs = 120_000;
/** The record keeps the first of them; the others are the faces that the manifest does not name. */
const maxFaults = 100;
const maxConflicts = 10;

export function createArchive(deps: ArchiveDeps) {
  const { records, clock } = deps;

  /**
   * Works while there is time for another run of faces before `endsAtMs`. `undefined` where nothing is due.
   * `publishedId`: of the event of a final record, where one is the trigger.
   */
  return async function archive(
    detectTaskId: DetectTaskId,
    endsAtMs: number,
    publishedId?: string,
  ): Promise<Archive['state'] | undefined> {
    const claimed = await claim(deps, detectTaskId, publishedId);
    if (claimed === undefined) return undefined;
    if (claimed.archive.state !== 'pending') return publish(deps, claimed);
    const faces = (await records.get(detectTaskId))?.faces;
    if (faces === undefined) return undefined;
    let head = claimed;
    for (;;) {
      const from = head.archive_next ?? 0;
      if (clock.now() + claimMs > endsAtMs) return release(deps, head, from);
      const run = await copyFaces(deps, faces, from, {
        keys: keysOf(detectTaskId, head.attempt),
        writesUntilMs: writesUntilMs(head),
      });
      if (run.next >= faces.length) return finish(deps, head, run);
      const advanced = await keepPart(deps, head, run);
      if (advanced === undefined) return undefined;
      head = advanced;
    }
  };
}

type Claimed = Head & { archive: Archive };

/** The right to write pictures for `claimMs`; nothing where another has it, or where nothing is left to be done. */
async function claim(
  { records, clock }: ArchiveDeps,
  detectTaskId: DetectTaskId,
  publishedId: string | undefined,
): Promise<Claimed | undefined> {
  for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
    const current = await records.read(detectTaskId);
    if (current.kind !== 'head') return undefined;
    // The event may arrive before the write that marks the record as published. One of a forgotten record may not begin
    // the archive of the next.
    const begins = publishedId === deliveryId(current.head) && isArchivable(current.head, clock.now());
    const fresh = begins ? newArchive(clock.now()) : {};
    const head: Head = { ...current.head, ...fresh };
    const { archive, archive_due_at } = head;
    if (archive === undefined || !isDueAt(archive_due_at, clock.now())) return undefined;
    const step = { dueAtMs: clock.now() + claimMs, next: head.archive_next ?? 0 };
    const claimed = await records.recordArchive(current.head, archive, step);
    if (claimed !== 'conflict') return { ...claimed, archive };
  }
  return undefined;
}

const writesUntilMs = ({ archive_due_at }: Head): number => Date.parse(archive_due_at ?? '');

async function writeJson(deps: ArchiveDeps, head: Head, key: string, value: unknown): Promise<void> {
  if (deps.clock.now() >= writesUntilMs(head)) throw new ClaimExpiredError();
  await deps.store.put(key, jsonBytes(value), 'application/json');
}

/** Another invocation goes on from here. */
async function release(deps: ArchiveDeps, head: Claimed, next: number): Promise<'pending' | undefined> {
  const released = await advance(deps, head, head.archive, { dueInMs: 0, next });
  if (released === undefined) return undefined;
  await deps.continueLater(head.detect_task_id);
  return 'pending';
}

/** A part is stored before the record counts it: after a crash in between the run is made again. */
async function keepPart(deps: ArchiveDeps, head: Claimed, run: Run): Promise<Claimed | undefined> {
  const { entries, next } = run;
  const keys = keysOf(head.detect_task_id, head.attempt);
  await writeJson(deps, head, keys.part(head.archive_next ?? 0), { entries, next } satisfies Part);
  return advance(deps, head, afterRun(head.archive, run, deps.clock), { dueInMs: claimMs, next });
}

function afterRun(archive: Archive, run: Run, clock: Clock): Archive {
  const faults = [...(archive.faults ?? []), ...run.faults].slice(0, maxFaults);
  return {
    state: 'pending',
    faces: archive.faces + run.entries.length,
    bytes: archive.bytes + run.entries.reduce((sum, { bytes }) => sum + bytes, 0),
    at: iso(clock.now()),
    ...(faults.length > 0 && { faults }),
  };
}

/** Writes how far the archive is, while the claim is ours; nothing where it is not any more. */
async function advance(
  { records, clock }: ArchiveDeps,
  seen: Claimed,
  archive: Archive,
  step: { dueInMs: number; next: number } | 'finished',
): Promise<Claimed | undefined> {
  const { detect_task_id } = seen;
  let head: Head = seen;
  for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
    const due = step === 'finished' ? step : { dueAtMs: clock.now() + step.dueInMs, next: step.next };
    const written = await records.recordArchive(head, archive, due);
    if (written !== 'conflict') return { ...written, archive };
    const current = await records.read(detect_task_id);
    if (current.kind !== 'head') {
      // What was written since the record was forgotten goes as well.
      await records.forget(detect_task_id);
      return undefined;
    }
    if (current.head.archive_due_at !== seen.archive_due_at) {
      // Another's claim, or our own write, whose acknowledgement was lost.
      return current.head.archive?.at === archive.at ? { ...current.head, archive } : undefined;
    }
    // A delivery went on meanwhile.
    head = current.head;
  }
  throw new Error(`${detect_task_id}: is written too often at the moment to be archived`);
}

/** The entries of all faces before the last run. */
async function entriesBefore(
  { store }: ArchiveDeps,
  head: Claimed,
): Promise<{ entries: Manifest; parts: string[] }> {
  const keys = keysOf(head.detect_task_id, head.attempt);
  const entries: ManifestEntry[] = [];
  const parts: string[] = [];
  for (let from = 0; from < (head.archive_next ?? 0);) {
    const key = keys.part(from);
    const bytes = await store.read(key);
    if (bytes === undefined) throw new Error(`${head.detect_task_id}: a part of its archive is missing`);
    const part = parseJson(Part, bytes);
    entries.push(...part.entries);
    parts.push(key);
    from = part.next;
  }
  return { entries, parts };
}

async function finish(deps: ArchiveDeps, head: Claimed, run: Run): Promise<Archive['state'] | undefined> {
  const { detect_task_id } = head;
  const { entries, parts } = await entriesBefore(deps, head);
  await writeJson(deps, head, keysOf(detect_task_id, head.attempt).manifest, [...entries, ...run.entries]);
  const counted = afterRun(head.archive, run, deps.clock);
  const { faces, bytes } = counted;
  const state = faces === run.next ? 'complete' : faces === 0 ? 'failed' : 'partial';
  const finished = await advance(deps, head, { ...counted, state }, { dueInMs: claimMs, next: run.next });
  if (finished === undefined) return undefined;
  await deps.store.delete(parts);
  deps.measure('archives', 1, state);
  deps.log({ detect_task_id, archive: state, faces, bytes });
  return publish(deps, finished);
}

async function publish(deps: ArchiveDeps, head: Claimed): Promise<Archive['state']> {
  await deps.put(archivedEventOf(head));
  await advance(deps, head, head.archive, 'finished');
  return head.archive.state;
}
