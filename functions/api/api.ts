/** The HTTP API behind any server: finds the operation of a request, performs it in time, answers in JSON. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { DetectTaskId } from '../detection/input.ts';
import { describeError } from '../telemetry/safe-error.ts';
import { problemOf } from './fault.ts';
import { type ApiBackend, createHandlers } from './handlers.ts';
import { idOf, maxBodyBytes } from './input.ts';
import { match } from './match.ts';
import { type ApiRequest, type ApiResponse, problemAnswer } from './message.ts';
import type { OperationId } from './routes.ts';

export interface ApiDeps extends ApiBackend {
  /** Takes a line for each failure, without any content of the request. */
  log: (line: Record<string, unknown>) => void;
  /** After this long the answer is a 503; work under way goes on, and the same request finds its result later. */
  patienceMs?: number;
}

export type Api = (request: ApiRequest) => Promise<ApiResponse>;

/** The gateway waits at most 30 s, and its own 503 has no Retry-After. */
const defaultTimeoutMs = 20_000;

class RequestTimeoutError extends Error {
  override readonly name = 'RequestTimeoutError';
}

export function createApi(deps: ApiDeps): Api {
  const { log, patienceMs = defaultTimeoutMs } = deps;
  const handlers = createHandlers({ ...deps, patienceMs });

  async function perform(
    operation: OperationId,
    request: ApiRequest,
    detectTaskId: DetectTaskId | undefined,
  ): Promise<ApiResponse> {
    const timer = new AbortController();
    try {
      return await Promise.race([
        // Every operation that uses the id has it in its path.
        handlers[operation](request, detectTaskId as DetectTaskId),
        sleep(patienceMs, undefined, { signal: timer.signal }).then(() => {
          throw new RequestTimeoutError('the records did not answer in time');
        }),
      ]);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status >= 500)
        log({ operation, detect_task_id: detectTaskId, error: describeError(error) });
      return problemAnswer(problem);
    } finally {
      timer.abort();
    }
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
