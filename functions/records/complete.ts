/** How the provider's answer becomes the record: in one write, or behind pages that nobody else uses. */
import type { DetectionError } from '../detection/error-codes.ts';
import type { DetectionResult, Face, FinalStatus } from '../detection/types.ts';
import { isOpen, open } from './conditions.ts';
import { fitsInline, newRef, type Pages, paginate } from './faces.ts';
import type { FinalAttributes } from './head.ts';
import type { Found, Head } from './item.ts';
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
  | ({ status: 'succeeded' } & DetectionResult)
  | { status: 'failed'; error: DetectionError };

interface CompleteDeps {
  read: (detectTaskId: string) => Promise<Found>;
  update: Update;
  pages: Pages;
  finalOf: (detectTaskId: string, status: FinalStatus) => FinalAttributes;
}

export function createComplete({ read, update, pages, finalOf }: CompleteDeps) {
  /** The provider's answer, from any invocation of the task: the first one wins and is never changed. */
  return async function settle(
    seen: Head,
    answer: Answer,
    accounting: Accounting,
  ): Promise<Head | 'conflict'> {
    const { detect_task_id } = seen;
    const settled = { ...finalOf(detect_task_id, answer.status), ...accounting };
    if (answer.status === 'failed') {
      return update(detect_task_id, {
        set: { ...settled, error: answer.error },
        condition: isOpen,
        values: open,
      });
    }
    const {
      detectId: detect_id,
      faces,
      startedAt: provider_started_at,
      finishedAt: provider_finished_at,
    } = answer;
    const result = {
      ...settled,
      detect_id,
      face_count: faces.length,
      provider_started_at,
      provider_finished_at,
    };
    if (fitsInline(faces)) {
      return update(detect_task_id, {
        set: { ...result, faces },
        condition: isOpen,
        values: open,
      });
    }
    return settleInPages(detect_task_id, faces, result);
  };

  async function settleInPages(
    detectTaskId: string,
    faces: readonly Face[],
    result: ReturnType<typeof finalOf> & Record<string, unknown>,
  ): Promise<Head | 'conflict'> {
    const paginated = paginate(faces);
    const ref = newRef(paginated.length);
    const page_refs = new Set([ref]);
    // The reference comes first: pages of an invocation that dies from here on can still be found.
    const noted = await update(detectTaskId, { add: { page_refs }, condition: isOpen, values: open });
    if (noted === 'conflict') return 'conflict';
    await pages.write(detectTaskId, ref, paginated, result.expires_at);
    const settled = await update(detectTaskId, {
      set: { ...result, faces_ref: ref, face_pages: paginated.length },
      delete: { page_refs },
      condition: isOpen,
      values: open,
    });
    if (settled !== 'conflict') return settled;
    const current = await read(detectTaskId);
    if (current.kind === 'head' && current.head.faces_ref === ref) return current.head;
    await pages.delete(detectTaskId, [ref]);
    await update(detectTaskId, { delete: { page_refs }, condition: 'attribute_exists(#detect_task_id)' });
    return 'conflict';
  }
}
