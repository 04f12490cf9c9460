/** How a record becomes final: by the provider's answer, or because polling is given up. */
import {
  type DetectionError,
  detectionError,
  type FailureCode,
  type ProviderWords,
} from '../detection/error-codes.ts';
import type { DetectTaskId } from '../detection/input.ts';
import type { DetectionResult, Face, FinalStatus } from '../detection/types.ts';
import { fitsInline, newRef, type Pages, paginate } from './faces.ts';
import { finalAttributes, iso, type RecordsDeps } from './head.ts';
import type { Found, Head } from './item.ts';
import { heldByMe, isHeldByMe, isOpen, open } from './lease.ts';
import type { Update } from './update.ts';

/** Totals over all attempts. */
export interface Accounting {
  polls: number;
  invocations: number;
  transitions: number;
  lambda_ms: number;
  executions: number;
  workflow_ms: number;
  memory_mb: number;
}

/** The provider's final word on a task. */
export type Answer =
  | ({ kind: 'succeeded' } & DetectionResult)
  | { kind: 'failed'; code: FailureCode; provider: ProviderWords };

export function createComplete(
  { defaults, now }: RecordsDeps,
  {
    read,
    update,
    pages,
  }: { read: (detectTaskId: DetectTaskId) => Promise<Found>; update: Update; pages: Pages },
) {
  const finalOf = (detectTaskId: DetectTaskId, status: FinalStatus) =>
    finalAttributes(detectTaskId, status, defaults, now());

  async function completeInPages(
    detectTaskId: DetectTaskId,
    faces: readonly Face[],
    result: ReturnType<typeof finalOf> & Record<string, unknown>,
  ): Promise<Head | 'conflict'> {
    const paginated = paginate(faces);
    const ref = newRef(paginated.length);
    const page_refs = new Set([ref]);
    // The reference is written first: should this invocation die, its pages can still be found.
    const noted = await update(detectTaskId, { add: { page_refs }, condition: isOpen, values: open });
    if (noted === 'conflict') return 'conflict';
    await pages.write(detectTaskId, ref, paginated, result.expires_at);
    const completed = await update(detectTaskId, {
      set: { ...result, faces_ref: ref, face_pages: paginated.length },
      delete: { page_refs },
      condition: isOpen,
      values: open,
    });
    if (completed !== 'conflict') return completed;
    const current = await read(detectTaskId);
    if (current.kind === 'head' && current.head.faces_ref === ref) return current.head;
    await pages.delete(detectTaskId, [ref]);
    await update(detectTaskId, { delete: { page_refs }, condition: 'attribute_exists(#detect_task_id)' });
    return 'conflict';
  }

  return {
    /** The provider's answer, from any invocation of the task: the first one wins and is never changed. */
    async complete(seen: Head, answer: Answer, accounting: Accounting): Promise<Head | 'conflict'> {
      const { detect_task_id } = seen;
      const final = { ...finalOf(detect_task_id, answer.kind), ...accounting };
      if (answer.kind === 'failed') {
        return update(detect_task_id, {
          set: { ...final, error: detectionError(answer.code, answer.provider) },
          condition: isOpen,
          values: open,
        });
      }
      const { detectId: detect_id, faces } = answer;
      const result = {
        ...final,
        detect_id,
        face_count: faces.length,
        provider_started_at: answer.startedAt,
        provider_finished_at: answer.finishedAt,
      };
      if (!fitsInline(faces)) return completeInPages(detect_task_id, faces, result);
      return update(detect_task_id, { set: { ...result, faces }, condition: isOpen, values: open });
    },

    /** The lease holder gives up. Final as well, but an explicit retry may reopen the record. */
    abandon(seen: Head, error: DetectionError, accounting: Accounting): Promise<Head | 'conflict'> {
      const { detect_task_id } = seen;
      return update(detect_task_id, {
        set: { ...finalOf(detect_task_id, 'abandoned'), ...accounting, error },
        condition: isHeldByMe,
        values: heldByMe(seen),
      });
    },

    /** The sweep gives up for a holder whose lease has expired. */
    abandonExpired(seen: Head, error: DetectionError): Promise<Head | 'conflict'> {
      const { detect_task_id } = seen;
      return update(detect_task_id, {
        set: { ...finalOf(detect_task_id, 'abandoned'), error },
        condition: `${isHeldByMe} AND #due_at = :seen_due`,
        values: { ...heldByMe(seen), seen_due: seen.due_at },
      });
    },

    /** A caller gives up, whichever execution holds the lease. The sweep publishes it: callers may not reach the event bus. */
    cancel(detectTaskId: DetectTaskId, error: DetectionError): Promise<Head | 'conflict'> {
      return update(detectTaskId, {
        set: { ...finalOf(detectTaskId, 'abandoned'), error, due_at: iso(now()) },
        condition: isOpen,
        values: open,
      });
    },

    /** Deletes pages of faces that lost the race for a final record. */
    async deleteOrphans(seen: Head, page_refs: Set<string>): Promise<Head | 'conflict'> {
      const { detect_task_id } = seen;
      await pages.delete(detect_task_id, page_refs);
      return update(detect_task_id, {
        delete: { page_refs },
        condition: '#due_at = :seen_due AND #status = :seen_status',
        values: { seen_due: seen.due_at, seen_status: seen.status },
      });
    },
  };
}
