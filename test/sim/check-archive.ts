/** Pictures of faces: kept as the manifest says, their faults said, and gone with the record that they belong to. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { ManifestEntry } from '../../functions/archive/manifest.ts';
import { pictureNamed } from '../support/pictures.ts';
import type { Check, Judge } from './check.ts';
import { type Head, isFinal } from './facts.ts';

type Archived = Head & { archive: NonNullable<Head['archive']> };
const isFinished = (head: Head | undefined): head is Archived =>
  head?.archive !== undefined && head.archive.state !== 'pending';
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const idOf = (task: string, { attempt }: Head): string => `${task}_${attempt}_archived`;
/** The pictures go so long before their record. */
const lastHourMs = 3_600_000;
/** The links have expired by then. */
const windowMs = 24 * 60 * 60_000;

export function checkArchive({ facts, broken, archives }: Judge): Check {
  const finished = new Map<string, Archived>();
  const published = new Set<string>();

  function seeFinished(task: string, head: Archived, atMs: number): void {
    finished.set(idOf(task, head), head);
    const { archive, attempt } = head;
    const manifest = facts.objects.get(`faces/${task}/${attempt}/manifest.json`)?.text;
    if (manifest === undefined) {
      const isLate = archive.state === 'failed' && atMs > Date.parse(head.final_at ?? '') + windowMs;
      if (!isLate) broken('archived', task, `${archive.state}, without a manifest`);
      return;
    }
    const entries = JSON.parse(manifest) as ManifestEntry[];
    const faces = facts.facesOf(task, head) ?? [];
    const links = new Map(faces.map(({ id, link }) => [id, link]));
    for (const { id, key, sha256: stated } of entries) {
      if (facts.objects.get(key)?.sha256 !== stated)
        broken('archived', task, `its picture of face ${id} is missing`);
      if (stated !== sha256(pictureNamed(links.get(id) ?? '')))
        broken('archived', task, `its picture of face ${id} is not the one behind the link`);
    }
    const faulty = new Set(archive.faults?.map(({ id }) => id));
    const isSaid = (id: number): boolean => faulty.has(id) || entries.some((entry) => entry.id === id);
    if (faces.length <= 100 && !faces.every(({ id }) => isSaid(id)))
      broken('archived', task, 'a face is neither kept nor among the faults');
    const state = entries.length === faces.length ? 'complete' : entries.length === 0 ? 'failed' : 'partial';
    if (archive.state !== state || archive.faces !== entries.length)
      broken(
        'archived',
        task,
        `${archive.state} with ${archive.faces} faces, where ${entries.length} of ${faces.length} are kept`,
      );
  }

  function seeEnd(task: string, head: Head | undefined): void {
    const attempt = head !== undefined && isFinal(head) ? head.attempt : undefined;
    for (const key of facts.objects.keys())
      if (key.startsWith(`faces/${task}/`) && !key.startsWith(`faces/${task}/${attempt}/`))
        broken('not kept', task, `${key.split('/').at(-1)} is left of a record that is gone`);
    if (!archives || head?.status !== 'succeeded' || head.face_count === 0) return;
    if (!isFinished(head))
      return broken('archived', task, `${head.archive?.state} when all activity has ended`);
    const leftMs = (head.expires_at ?? 0) * 1_000 - Date.parse(head.due_at ?? '');
    if (leftMs !== lastHourMs || head.archive_due_at !== undefined)
      broken('not kept', task, 'its pictures are not to go with the record');
    if (!published.has(idOf(task, head))) broken('archived', task, 'finished, and never published');
  }

  return {
    on: {
      item({ key, item }, atMs) {
        if (key.includes('#')) return;
        const before = facts.of(key).head;
        const next = item as unknown as Head | undefined;
        const isSame = before?.attempt === next?.attempt && next?.forgotten_at === undefined;
        if (isSame && isFinished(before) && !isDeepStrictEqual(before.archive, next?.archive))
          broken('archived', key, `${before.archive.state}, then written again as ${next?.archive?.state}`);
        if (isFinished(next) && !(isSame && isFinished(before))) seeFinished(key, next, atMs);
      },
      event({ detailType, detail }) {
        if (detailType !== 'Face Images Archived') return;
        const { id = '', detect_task_id: task, ...said } = detail as typeof detail & Archived['archive'];
        const head = finished.get(id);
        published.add(id);
        if (said.state !== head?.archive.state || said.faces !== head.archive.faces)
          broken('archived', task, `published as ${said.state}, which it is not`);
      },
    },
    finish() {
      for (const [task, { head }] of facts.tasks) seeEnd(task, head);
    },
  };
}
