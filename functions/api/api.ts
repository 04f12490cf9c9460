/** The HTTP API, whichever server it stands behind: finds the operation, checks what was sent, answers in JSON. */
import { setTimeout as sleep } from 'node:timers/promises';

import { RejectedRequestError } from '../control/service.ts';
import { type FacesPage, InvalidCursorError } from '../records/query.ts';
import { describeError } from '../telemetry/safe-error.ts';
import { mayPass } from './fault.ts';
import {
  GetParameters,
  idOf,
  inputOf,
  listLimit,
  ListParameters,
  maxBodyBytes,
  parametersOf,
} from './input.ts';
import {
  type ApiRequest,
  type ApiResponse,
  json,
  noContent,
  type Problem,
  problemAnswer,
} from './message.ts';
import type { Requests } from './requests.ts';
import { match, type OperationId } from './routes.ts';

export interface ApiDeps {
  requests: Requests;
  /** Takes what failed, without a word of the request's content. */
  log: (line: Record<string, unknown>) => void;
  /** After this long a caller is told to ask again; what was begun goes on, and asking again finds it. */
  patienceMs?: number;
}

export type Api = (request: ApiRequest) => Promise<ApiResponse>;

/** The gateway waits 30 s at the most, and its own word for that would be a 503 without advice. */
const defaultTimeoutMs = 20_000;
/** Longer than the SDK's own retries, which have failed by then. */
const retryAfterSeconds = 5;

const noRecord = (detectTaskId: string): ApiResponse =>
  problemAnswer({ status: 404, detail: `${detectTaskId}: there is no record of this task` });

/** As the record's readers see it; `cursor` stands behind it where there are more faces. */
const body = ({ detection, cursor }: FacesPage): object => ({ ...detection, ...(cursor && { cursor }) });

export function createApi({ requests, log, patienceMs = defaultTimeoutMs }: ApiDeps): Api {
  const operations = {
    async startDetection(request) {
      const input = inputOf(request);
      if ('problem' in input) return problemAnswer(input.problem);
      const { isNew, ...page } = await requests.start(input.value);
      const location = `/detections/${input.value.detect_task_id}`;
      return json(isNew ? 202 : 200, body(page), { location });
    },

    async listDetections({ query }) {
      const parameters = parametersOf(ListParameters, query);
      if ('problem' in parameters) return problemAnswer(parameters.problem);
      const { status, cursor, limit = listLimit.default } = parameters.value;
      const page = await requests.list({ limit, ...(status && { status }), ...(cursor && { cursor }) });
      return json(200, page);
    },

    async getDetection({ query }, detectTaskId) {
      const parameters = parametersOf(GetParameters, query);
      if ('problem' in parameters) return problemAnswer(parameters.problem);
      const page = await requests.get(detectTaskId, parameters.value.cursor);
      if (page === undefined) return noRecord(detectTaskId);
      if (page !== 'changed') return json(200, body(page));
      const detail = 'cursor: these faces are gone; the record was forgotten and begun anew';
      return problemAnswer({ status: 410, detail, field: 'cursor' });
    },

    async retryDetection(_request, detectTaskId) {
      const page = await requests.retry(detectTaskId);
      return page === undefined ? noRecord(detectTaskId) : json(202, body(page));
    },

    async forgetDetection(_request, detectTaskId) {
      return (await requests.forget(detectTaskId)) ? noContent() : noRecord(detectTaskId);
    },
  } satisfies Record<OperationId, (request: ApiRequest, detectTaskId: string) => Promise<ApiResponse>>;

  async function perform(
    operation: OperationId,
    request: ApiRequest,
    detectTaskId: string | undefined,
  ): Promise<ApiResponse> {
    const timer = new AbortController();
    try {
      return await Promise.race([
        operations[operation](request, detectTaskId ?? ''),
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
    if (detectTaskId !== undefined) {
      const checked = idOf(detectTaskId);
      if ('problem' in checked) return problemAnswer(checked.problem);
    }
    return perform(operation, request, detectTaskId);
  };
}

class RequestTimeoutError extends Error {
  override readonly name = 'RequestTimeoutError';
}
