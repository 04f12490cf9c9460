import { setTimeout as sleep } from 'node:timers/promises';

import { RejectedRequestError } from '../control/rejected-request.ts';
import type { Service } from '../control/service.ts';
/** The HTTP API, whichever server it stands behind: finds the operation, checks what was sent, answers in JSON. */
import { toDetection } from '../detection/fields.ts';
import type { DetectTaskId } from '../detection/input.ts';
import type { Head } from '../records/item.ts';
import { type FacesPage, InvalidCursorError } from '../records/query.ts';
import type { Records } from '../records/records.ts';
import { describeError } from '../telemetry/safe-error.ts';
import { mayPass } from './fault.ts';
import { idOf, inputOf, maxBodyBytes, parametersOf } from './input.ts';
import {
  type ApiRequest,
  type ApiResponse,
  json,
  noContent,
  type Problem,
  problemAnswer,
} from './message.ts';
import { match, type OperationId, routeList } from './routes.ts';

/** What the API answers from. */
export interface ApiBackend {
  records: Pick<Records, 'getSome' | 'list'>;
  service: Pick<Service, 'start' | 'retry' | 'forget'>;
}

export interface ApiDeps extends ApiBackend {
  /** Takes a line for what failed, without any content of the request. */
  log: (line: Record<string, unknown>) => void;
  /** After this long the answer is a 503; work under way goes on, and the same request finds its result later. */
  patienceMs?: number;
}

export type Api = (request: ApiRequest) => Promise<ApiResponse>;

/** The gateway waits at most 30 s, and its own 503 has no Retry-After. */
const defaultTimeoutMs = 20_000;
/** Longer than the SDK's own retries, which have failed by then. */
const retryAfterSeconds = 5;
/**
 * A Lambda answer ends at 6 MB, and JSON in JSON escapes the faces a second time: 2 MB become at most 4.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const portion = { maxFaces: 1_000, maxBytes: 2_000_000 } as const;

const noRecord = (detectTaskId: string): ApiResponse =>
  problemAnswer({ status: 404, detail: `${detectTaskId}: there is no record of this task` });

/** As the record's readers see it; `cursor` stands behind it where there are more faces. */
const body = ({ detection, cursor }: FacesPage): object => ({ ...detection, ...(cursor && { cursor }) });

export function createApi({ records, service, log, patienceMs = defaultTimeoutMs }: ApiDeps): Api {
  async function pageOf(head: Head): Promise<FacesPage> {
    if (head.faces_ref === undefined) return { detection: toDetection(head, head.faces) };
    const page = await records.getSome(head.detect_task_id, portion);
    if (typeof page === 'object') return page;
    throw new Error(`${head.detect_task_id}: was forgotten meanwhile`);
  }

  const handlers = {
    async startDetection(request) {
      const input = inputOf(request);
      if ('problem' in input) return problemAnswer(input.problem);
      const { isNew, head } = await service.start(input.value);
      const location = `/detections/${head.detect_task_id}`;
      return json(isNew ? 202 : 200, body(await pageOf(head)), { location });
    },

    async listDetections({ query }) {
      const parameters = parametersOf(routeList.listDetections.query, query);
      if ('problem' in parameters) return problemAnswer(parameters.problem);
      const { status, cursor, limit } = parameters.value;
      const page = await records.list({ limit, ...(status && { status }), ...(cursor && { cursor }) });
      return json(200, page);
    },

    async getDetection({ query }, detectTaskId) {
      const parameters = parametersOf(routeList.getDetection.query, query);
      if ('problem' in parameters) return problemAnswer(parameters.problem);
      const page = await records.getSome(detectTaskId, { ...portion, ...parameters.value });
      if (page === undefined) return noRecord(detectTaskId);
      if (page !== 'changed') return json(200, body(page));
      const detail = 'cursor: these faces are gone; the record was forgotten and begun anew';
      return problemAnswer({ status: 410, detail, field: 'cursor' });
    },

    async retryDetection(_request, detectTaskId) {
      const head = await service.retry(detectTaskId);
      return head === undefined ? noRecord(detectTaskId) : json(202, body(await pageOf(head)));
    },

    async forgetDetection(_request, detectTaskId) {
      return (await service.forget(detectTaskId)) ? noContent() : noRecord(detectTaskId);
    },
  } satisfies Record<OperationId, (request: ApiRequest, detectTaskId: DetectTaskId) => Promise<ApiResponse>>;

  async function perform(
    operation: OperationId,
    request: ApiRequest,
    detectTaskId: DetectTaskId | undefined,
  ): Promise<ApiResponse> {
    const timer = new AbortController();
    try {
      return await Promise.race([
        // Every operation that reads it has it in its path.
        handlers[operation](request, detectTaskId as DetectTaskId),
        sleep(patienceMs, undefined, { signal: timer.signal }).then(() => {
          throw new RequestTimeoutError('the records did not answer in time');
        }),
      ]);
    } catch (error) {
      return problemAnswer(problemFrom(error, { operation, detect_task_id: detectTaskId }));
    } finally {
      timer.abort();
    }
  }

  function problemFrom(error: unknown, request: Record<string, unknown>): Problem {
    if (error instanceof RejectedRequestError) {
      const status = error.kind === 'conflict' ? 409 : 422;
      return { status, detail: error.message, field: error.field };
    }
    if (error instanceof InvalidCursorError) return { status: 400, detail: error.message, field: 'cursor' };
    log({ ...request, error: describeError(error) });
    if (!mayPass(error))
      return { status: 500, detail: 'This is a fault of ours, and asking again will not help.' };
    const headers = { 'retry-after': String(retryAfterSeconds) };
    return { status: 503, detail: 'The records cannot be reached at the moment; ask again.', headers };
  }

  return async function answer(request) {
    const matched = match(request.method, request.path);
    if (matched.kind === 'unknown-path') {
      return problemAnswer({ status: 404, detail: 'There is nothing at this path.' });
    }
    if (matched.kind === 'wrong-method') {
      const allow = matched.allowed.join(', ');
      return problemAnswer({ status: 405, detail: `This path takes ${allow}.`, headers: { allow } });
    }
    if (request.body.byteLength > maxBodyBytes) {
      return problemAnswer({ status: 413, detail: `The body must be at most ${maxBodyBytes} bytes.` });
    }
    const { operation, detectTaskId } = matched;
    if (detectTaskId === undefined) return perform(operation, request, undefined);
    const parsed = idOf(detectTaskId);
    return 'problem' in parsed ? problemAnswer(parsed.problem) : perform(operation, request, parsed.value);
  };
}

class RequestTimeoutError extends Error {
  override readonly name = 'RequestTimeoutError';
}
