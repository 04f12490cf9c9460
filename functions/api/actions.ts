/** One action on many tasks: each is performed as a request of its own would, and answered in one line. */
import type { DetectTaskId } from '../detection/input.ts';
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';
import { describeError } from '../telemetry/safe-error.ts';
import { problemOf } from './fault.ts';
import { bodyOf } from './input.ts';
import { type ApiRequest, type ApiResponse, jsonLines, type Problem, problemAnswer } from './message.ts';
import { maxActionTasks, Selection } from './selection.ts';

export interface ActionsDeps {
  records: Pick<Records, 'list'>;
  /** Takes a line for each failure, without any content of the request. */
  log: (line: Record<string, unknown>) => void;
  /** After this long the whole request fails. */
  patienceMs: number;
}

/** What became of one task: the status and, where it was rejected, the sentence of the same request for it alone. */
export interface ActionResult {
  detect_task_id: string;
  status: number;
  detail?: string;
  field?: string;
}

/** A start of an execution and two writes each: what one function has room for. */
const concurrency = 8;

export const withoutRecord = (detectTaskId: string): Problem => ({
  status: 404,
  detail: `${detectTaskId}: there is no record of this task`,
});

export function createActions({ records, log, patienceMs }: ActionsDeps) {
  return async function performMany(
    request: ApiRequest,
    done: number,
    act: (detectTaskId: DetectTaskId) => Promise<Head | undefined>,
  ): Promise<ApiResponse> {
    const parsed = bodyOf(Selection, request);
    if ('problem' in parsed) return problemAnswer(parsed.problem);
    const { detect_task_ids: given, ...filters } = parsed.value;
    const page = given === undefined ? await records.list({ ...filters, limit: maxActionTasks }) : undefined;
    const listed = page?.detections.map((row) => row.detect_task_id);
    const ids = [...new Set(given ?? listed ?? [])];
    const endsMs = performance.now() + patienceMs / 2;

    async function perform(detect_task_id: DetectTaskId): Promise<ActionResult> {
      try {
        if (performance.now() > endsMs)
          return {
            detect_task_id,
            status: 503,
            detail: 'There was no time left for this task; send it again.',
          };
        if ((await act(detect_task_id)) !== undefined) return { detect_task_id, status: done };
        return resultOf(detect_task_id, withoutRecord(detect_task_id));
      } catch (error) {
        const problem = problemOf(error);
        if (problem.status >= 500) log({ detect_task_id, error: describeError(error) });
        return resultOf(detect_task_id, problem);
      }
    }

    const results = new Map<string, ActionResult>();
    const queue = ids.values();
    const worker = async (): Promise<void> => {
      for (const id of queue) results.set(id, await perform(id));
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    const lines = ids.flatMap((id) => results.get(id) ?? []);
    return jsonLines(lines, page?.cursor === undefined ? {} : { 'next-cursor': page.cursor });
  };
}

const resultOf = (detect_task_id: string, { status, detail, field }: Problem): ActionResult => ({
  detect_task_id,
  status,
  detail,
  ...(field !== undefined && { field }),
});
