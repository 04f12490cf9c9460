/** How a record becomes final: by the provider's answer, or because polling is given up. */
import { iso } from '../clock.ts';
import {
  type DetectionError,
  detectionError,
  type FailureCode,
  type ProviderWords,
} from '../detection/error-codes.ts';
import type { DetectTaskId } from '../detection/input.ts';
import { type DetectionResult, type Face, type FinalStatus, isFinal } from '../detection/types.ts';
import { lastForgotten } from './archive.ts';
import { fitsInline, newRef, orphansOf, type Pages, paginate } from './faces.ts';
import { type Accounting, finalAttributes, type RecordsDeps } from './head.ts';
import type { Found, Head } from './item.ts';
import { ifHeldByMe, ifOpen, ifStillExpired } from './lease.ts';
import type { Update } from './update.ts';

/** The provider's final word on a task. */
export type Answer =
  | ({ kind: 'succeeded' } & DetectionResult)
  | { kind: 'failed'; code: FailureCode; provider: ProviderWords };

interface CompleteDeps {
  read: (detectTaskId: DetectTaskId) => Promise<Found>;
  update: Update;
  pages: Pages;
}

export function createComplete({ defaults, now, deletePictures }: RecordsDeps, parts: CompleteDeps) {
  const { update, pages } = parts;
  const finalOf = (seen: Head, status: FinalStatus) => finalAttributes(seen, status, defaults, now());

  return {
    /** The provider's answer, from any invocation of the task: the first one wins and is never changed. */
    complete(seen: Head, answer: Answer, accounting: Accounting): Promise<Head | 'conflict'> {
      const { detect_task_id } = seen;
      const final = { ...finalOf(seen, answer.kind), ...accounting };
      if (answer.kind === 'failed') {
        const set = { ...final, error: detectionError(answer.code, answer.provider) };
        return update(detect_task_id, { set, ...ifOpen });
      }
      const { detectId: detect_id, faces } = answer;
      const result = {
        ...final,
        detect_id,
        face_count: faces.length,
        provider_started_at: answer.startedAt,
        provider_finished_at: answer.finishedAt,
      };
      if (!fitsInline(faces)) return completeInPages(parts, detect_task_id, faces, result);
      return update(detect_task_id, { set: { ...result, faces }, ...ifOpen });
    },

    /** The lease holder gives up. Final as well, but an explicit retry may reopen the record. */
    abandon(seen: Head, error: DetectionError, accounting: Accounting): Promise<Head | 'conflict'> {
      const set = { ...finalOf(seen, 'abandoned'), ...accounting, error };
      return update(seen.detect_task_id, { set, ...ifHeldByMe(seen) });
    },

    /** The sweep gives up for a holder whose lease has expired. */
    abandonExpired(seen: Head, error: DetectionError): Promise<Head | 'conflict'> {
      const set = { ...finalOf(seen, 'abandoned'), error };
      return update(seen.detect_task_id, { set, ...ifStillExpired(seen) });
    },

    /** A caller gives up, whichever execution holds the lease. The sweep publishes it: callers may not reach the event bus. */
    async cancel(detectTaskId: DetectTaskId, error: DetectionError): Promise<Head | 'conflict'> {
      const current = await parts.read(detectTaskId);
      if (current.kind !== 'head') return 'conflict';
      // Not later than the lease would expire: a caller's clock that is ahead must not delay the event.
      const [due_at] = [current.head.due_at ?? '9', iso(now())].toSorted();
      const set = { ...finalOf(current.head, 'abandoned'), error, due_at };
      return update(detectTaskId, { set, ...ifOpen });
    },

    /** Deletes pages and pictures that belong to no answer, five minutes after the last invocation that could write them. */
    async deleteOrphans(seen: Head): Promise<Head | 'conflict'> {
      const { detect_task_id, page_refs } = seen;
      const asSeen = {
        condition: '#due_at = :seen_due AND #status = :seen_status',
        values: { seen_due: seen.due_at, seen_status: seen.status },
      };
      // First, so that no invocation completes a retried record with pages that are gone.
      if (page_refs !== undefined) {
        const moved = { add: { orphan_refs: page_refs }, delete: { page_refs } };
        if ((await update(detect_task_id, { ...moved, ...asSeen })) === 'conflict') return 'conflict';
      }
      const orphan_refs = orphansOf(seen);
      await pages.delete(detect_task_id, orphan_refs);
      const forgotten = lastForgotten(orphan_refs);
      if (forgotten > 0) await deletePictures?.(detect_task_id, forgotten);
      return update(detect_task_id, { delete: { orphan_refs }, ...asSeen });
    },
  };
}

async function completeInPages(
  { read, update, pages }: CompleteDeps,
  detectTaskId: DetectTaskId,
  faces: readonly Face[],
  result: ReturnType<typeof finalAttributes>,
): Promise<Head | 'conflict'> {
  const paginated = paginate(faces);
  const ref = newRef(paginated.length);
  const page_refs = new Set([ref]);
  // The reference is written first: should this invocation die, its pages can still be found.
  const noted = await update(detectTaskId, { add: { page_refs }, ...ifOpen });
  if (noted === 'conflict') return 'conflict';
  const isAwaited = async (): Promise<boolean> => {
    const current = await read(detectTaskId);
    return current.kind === 'head' && !isFinal(current.head.status) && names(current.head, ref);
  };
  if (await pages.write(detectTaskId, ref, paginated, { expiresAt: result.expires_at, isAwaited })) {
    const completed = await update(detectTaskId, {
      set: { ...result, faces_ref: ref, face_pages: paginated.length },
      delete: { page_refs },
      condition: `${ifOpen.condition} AND contains(#page_refs, :ref)`,
      values: { ...ifOpen.values, ref },
    });
    if (completed !== 'conflict') return completed;
  }
  const current = await read(detectTaskId);
  if (current.kind === 'head' && current.head.faces_ref === ref) return current.head;
  await pages.delete(detectTaskId, [ref]);
  await update(detectTaskId, {
    delete: { page_refs, orphan_refs: page_refs },
    condition: 'attribute_exists(#detect_task_id)',
  });
  return 'conflict';
}

/** Not where the record was forgotten meanwhile, even if it was begun anew: its pages are deleted. */
const names = ({ page_refs }: Head, ref: string): boolean => page_refs?.has(ref) === true;
