/** Whether the pictures of a record are to be archived, and how an archive begins. */
import { iso } from '../clock.ts';
import type { Head } from './item.ts';

/** The likely upstream deletes generated pictures after a day: later tries would find none. */
const archiveWindowMs = 24 * 60 * 60_000;

/** The links have expired, or the pictures are about to: what is not archived by now never will be. */
export const isPastArchiving = (head: Head, nowMs: number): boolean =>
  nowMs > Date.parse(head.final_at ?? head.updated_at) + archiveWindowMs ||
  nowMs > head.expires_at * 1_000 - expiryLeadMs - writingMs;

/** Time for a sweep that was late: once DynamoDB has deleted a record, nothing names its pictures any more. */
const expiryLeadMs = 60 * 60_000;
/** An invocation that may write pictures lives no longer. */
const writingMs = 5 * 60_000;

/** When the pictures of a record go, shortly before it expires; `undefined` where it can have none. */
export const picturesExpireAtMs = ({ archive, expires_at }: Head): number | undefined =>
  archive === undefined ? undefined : expires_at * 1_000 - expiryLeadMs;

/** Among the references of orphaned pages: an attempt that was forgotten, whose pictures may still be written. */
export const picturesRef = (attempt: number): string => `pictures-${attempt}.0`;

/** The last of those attempts. */
export const lastForgotten = (refs: Iterable<string>): number =>
  Math.max(0, ...Array.from(refs, (ref) => Number(/^pictures-(\d+)\.0$/.exec(ref)?.[1] ?? 0)));

/** A record with faces, not archived before. */
export const isArchivable = (head: Head, nowMs: number): boolean =>
  head.status === 'succeeded' &&
  (head.face_count ?? 0) > 0 &&
  head.archive === undefined &&
  !isPastArchiving(head, nowMs);

/** Due at once. */
export const newArchive = (nowMs: number) =>
  ({
    archive: { state: 'pending', faces: 0, bytes: 0, at: iso(nowMs) },
    archive_due_at: iso(nowMs),
  }) satisfies Partial<Head>;
