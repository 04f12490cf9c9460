import { createStart } from '../control/service.ts';
import type { Workflow } from '../control/workflow.ts';
/** What a request may do to the records: the deployed function and one machine compose it alike. */
import { type ExecutionInput } from '../detection/input.ts';
import { isFinal, type Status } from '../detection/types.ts';
import type { RecordsDeps } from '../records/head.ts';
import { type Head, toDetection } from '../records/item.ts';
import { type FacesPage, type ListPage } from '../records/query.ts';
import { createRecords } from '../records/records.ts';

/**
 * A Lambda answer ends at 6 MB, and the faces are escaped a second time on their way: 2 MB become 4 at the most.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const portion = { maxFaces: 1_000, maxBytes: 2_000_000 } as const;

export interface Requests {
  /** Throws `RejectedRequestError` for parameters that differ from the first start's. */
  start(input: ExecutionInput): Promise<FacesPage & { isNew: boolean }>;
  /** Throws `InvalidCursorError` for a cursor of another making. */
  get(detectTaskId: string, cursor: string | undefined): Promise<FacesPage | 'changed' | undefined>;
  /** Throws `InvalidCursorError` for a cursor of another making. */
  list(options: { status?: Status; limit: number; cursor?: string }): Promise<ListPage>;
  /** Throws `RejectedRequestError` where the record is settled. */
  retry(detectTaskId: string): Promise<FacesPage | undefined>;
  /** True where there was a record. */
  forget(detectTaskId: string): Promise<boolean>;
}

export function createRequests(deps: RecordsDeps & { workflow: Workflow }): Requests {
  const { workflow, now } = deps;
  const records = createRecords(deps);
  const start = createStart({ records, workflow, now });

  async function withFaces(head: Head): Promise<FacesPage> {
    if (head.faces_ref === undefined) return { detection: toDetection(head, head.faces) };
    const page = await records.getSome(head.detect_task_id, portion);
    if (page === undefined || page === 'changed')
      throw new Error(`${head.detect_task_id}: was forgotten meanwhile`);
    return page;
  }

  return {
    async start(input) {
      const { head, isNew } = await start.start(input);
      return { ...(await withFaces(head)), isNew };
    },
    get: (detectTaskId, cursor) => records.getSome(detectTaskId, { ...portion, cursor }),
    list: (options) => records.list(options),
    async retry(detectTaskId) {
      const head = await start.retry(detectTaskId);
      return head && withFaces(head);
    },
    async forget(detectTaskId) {
      const forgotten = await records.forget(detectTaskId);
      if (forgotten !== undefined && !isFinal(forgotten.status)) await workflow.stop(forgotten.execution_arn);
      return forgotten !== undefined;
    },
  };
}
