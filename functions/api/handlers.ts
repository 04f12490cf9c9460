/** What each operation of the API does, from a request whose path has matched. */
import { readFile } from 'node:fs/promises';

import type { Images } from '../archive/images.ts';
import { iso } from '../clock.ts';
import { RejectedRequestError } from '../control/rejected-request.ts';
import type { Service } from '../control/service.ts';
import { faceIdOf, faceIdRule } from '../detection/face-id.ts';
import { toDetection } from '../detection/fields.ts';
import { type DetectTaskId, ExecutionInput } from '../detection/input.ts';
import type { Limit } from '../rate-limit/inspect.ts';
import type { Head } from '../records/item.ts';
import type { FacesPage } from '../records/query.ts';
import type { Records } from '../records/records.ts';
import { DetectInput } from '../submit/input.ts';
import type { Submitter } from '../submit/submitter.ts';
import { type ActionsDeps, createActions, withoutRecord } from './actions.ts';
import type { RateBody } from './answers.ts';
import { bodyOf, namesTask, parametersOf } from './input.ts';
import {
  type ApiRequest,
  type ApiResponse,
  json,
  noContent,
  picture,
  problemAnswer,
  redirect,
} from './message.ts';
import { type OperationId, routeList } from './routes.ts';

/** What the API answers from. */
export interface ApiBackend {
  records: Pick<Records, 'getSome' | 'list'>;
  service: Pick<Service, 'start' | 'retry' | 'cancel' | 'redeliver' | 'forget'>;
  /** Absent without an archive. */
  images?: Images | undefined;
  submitter: Pick<Submitter, 'detect'>;
  /** Of the provider's key. */
  limit: Pick<Limit, 'inspect'>;
}

type Handler = (request: ApiRequest, detectTaskId: DetectTaskId) => Promise<ApiResponse>;

/**
 * A Lambda answer ends at 6 MB, and JSON in JSON escapes the faces a second time: 2 MB become at most 4.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const portion = { maxFaces: 1_000, maxBytes: 2_000_000 } as const;

const noRecord = (detectTaskId: string): ApiResponse => problemAnswer(withoutRecord(detectTaskId));

/** A picture may be deleted after its manifest was read. */
const readIfThere = (file: string): Promise<Buffer | undefined> =>
  readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

/** The record as its readers see it; with a `cursor` where there are more faces. */
const body = ({ detection, cursor }: FacesPage): object => ({ ...detection, ...(cursor && { cursor }) });

export function createHandlers(deps: ApiBackend & ActionsDeps): Record<OperationId, Handler> {
  const { records, service, submitter, images, limit } = deps;
  const performMany = createActions(deps);

  async function pageOf(head: Head): Promise<FacesPage> {
    if (head.faces_ref === undefined) return { detection: toDetection(head, head.faces) };
    const page = await records.getSome(head.detect_task_id, portion);
    if (typeof page === 'object') return page;
    throw new Error(`${head.detect_task_id}: was forgotten meanwhile`);
  }

  async function cancel(detectTaskId: DetectTaskId): Promise<Head | undefined> {
    const head = await service.cancel(detectTaskId);
    if (head === undefined || head.error?.code === 'CANCELLED') return head;
    const sentence = `status: ${detectTaskId} is ${head.status}; only an open detection can be cancelled`;
    throw new RejectedRequestError('conflict', sentence, 'status');
  }

  return {
    async startDetection(request) {
      const isKnown = namesTask(request);
      const input = isKnown ? bodyOf(ExecutionInput, request) : bodyOf(DetectInput, request);
      if ('problem' in input) return problemAnswer(input.problem);
      const { isNew, head } = await ('detect_task_id' in input.value
        ? service.start(input.value)
        : submitter.detect(input.value));
      const location = `/detections/${head.detect_task_id}`;
      return json(isNew ? 202 : 200, body(await pageOf(head)), { location });
    },

    async listDetections({ query }) {
      const parameters = parametersOf(routeList.listDetections.query, query);
      if ('problem' in parameters) return problemAnswer(parameters.problem);
      return json(200, await records.list(parameters.value));
    },

    async getDetection({ query }, detectTaskId) {
      const parameters = parametersOf(routeList.getDetection.query, query);
      if ('problem' in parameters) return problemAnswer(parameters.problem);
      const page = await records.getSome(detectTaskId, { ...portion, ...parameters.value });
      if (page === undefined) return noRecord(detectTaskId);
      if (page !== 'changed') return json(200, body(page));
      const detail = 'cursor: these faces are gone; the record was forgotten and started again';
      return problemAnswer({ status: 410, detail, field: 'cursor' });
    },

    async getRate() {
      const { perSecond, effective, booked, nextAtMs, pausedUntilMs, hold } = await limit.inspect();
      return json(200, {
        limit: perSecond,
        effective,
        booked,
        next_at: iso(nextAtMs),
        ...(pausedUntilMs !== undefined && { paused_until: iso(pausedUntilMs) }),
        hold,
      } satisfies RateBody);
    },

    async getFaceImage({ path }, detectTaskId) {
      const face = faceIdOf(path.split('/').at(-1));
      if (face === undefined)
        return problemAnswer({ status: 400, detail: `face_id: ${faceIdRule}`, field: 'face_id' });
      const image = await images?.one(detectTaskId, face);
      if (image !== undefined && 'url' in image) return redirect(image.url);
      const bytes = image && (await readIfThere(image.file));
      if (image !== undefined && bytes !== undefined) return picture(image.content_type, bytes);
      return problemAnswer({ status: 404, detail: 'There is no archived picture of this face.' });
    },

    async retryDetection(_request, detectTaskId) {
      const head = await service.retry(detectTaskId);
      return head === undefined ? noRecord(detectTaskId) : json(202, body(await pageOf(head)));
    },

    async cancelDetection(_request, detectTaskId) {
      const head = await cancel(detectTaskId);
      return head === undefined ? noRecord(detectTaskId) : json(200, body(await pageOf(head)));
    },

    async redeliverDetection(_request, detectTaskId) {
      const head = await service.redeliver(detectTaskId);
      return head === undefined ? noRecord(detectTaskId) : json(202, body(await pageOf(head)));
    },

    retryDetections: (request) => performMany(request, 202, service.retry),
    cancelDetections: (request) => performMany(request, 200, cancel),
    redeliverDetections: (request) => performMany(request, 202, service.redeliver),

    async forgetDetection(_request, detectTaskId) {
      return (await service.forget(detectTaskId)) ? noContent() : noRecord(detectTaskId);
    },
  };
}
