/** The provider's envelopes, field by field as documented. Comments mark what is not documented. */
import { createHash } from 'node:crypto';

import type { Face } from '../../functions/detection/types.ts';
import type { AnswerOf } from './script.ts';

/** The task that an answer speaks of, and when it was worked on. */
export interface AnsweredTask {
  detectTaskId: string;
  startedAtMs: number;
  finishedAtMs: number;
  /** Begins the links of its faces: the simulator's own, which serves pictures there. */
  origin?: string;
}

/** The words for each code of the provider's list. */
const messages: Record<string, string> = {
  200: 'success',
  401: 'unauthorized',
  402: 'insufficient credits',
  403: 'key disabled',
  404: 'not found',
  422: 'validation error',
  429: 'rate limited',
  455: 'maintenance',
  500: 'server error',
  501: 'generation failed',
  505: 'feature disabled',
};

/** One entry of `errors`, whose inner fields are documented nowhere. */
export interface FieldError {
  field: string;
  message: string;
}

const facePath = (detectTaskId: string, faceId: number): string => `/faces/${detectTaskId}/${faceId}.png`;

export const success = <Data>(data: Data) => ({ code: 200, message: 'success', data });

export const accepted = (detectTaskId: string) => success({ detect_task_id: detectTaskId });

export function pending(task: AnsweredTask, step: Pick<AnswerOf<'pending'>, 'status' | 'isTerse'>) {
  const ids = { detect_task_id: task.detectTaskId, status: step.status };
  return success(step.isTerse === true ? ids : { ...ids, error: null, result: null });
}

export function succeeded(task: AnsweredTask, step: Omit<AnswerOf<'succeeded'>, 'step'>) {
  const { faces, startedAt = zoneless(task.startedAtMs), finishedAt = zoneless(task.finishedAtMs) } = step;
  return success({
    detect_task_id: task.detectTaskId,
    status: step.status ?? 'succeeded',
    error: null,
    result: {
      id: step.detectId ?? detectIdOf(task.detectTaskId),
      // The inner status has a spelling of its own.
      status: 'succeed',
      type: 'face_detect',
      hair_id: null,
      faces: typeof faces === 'number' ? madeUpFaces(task, faces, step.linkBytes) : faces,
      started_at: startedAt,
      finished_at: finishedAt,
      error: null,
    },
  });
}

export function failed(task: AnsweredTask, step: Pick<AnswerOf<'failed'>, 'error' | 'isTerse'>) {
  const data = { detect_task_id: task.detectTaskId, status: 'failed' };
  if (step.isTerse === true) return success(step.error === null ? data : { ...data, error: step.error });
  return success({ ...data, error: step.error, result: null });
}

/** Any code but 200. That `data` is null is a guess: only of 422 it is documented, where there is none. */
export function refusal(code: number | string, message?: string, errors: FieldError[] = []) {
  const words = { code, message: message ?? messages[code] ?? 'unknown' };
  return String(code) === '422' ? { ...words, errors } : { ...words, data: null };
}

function madeUpFaces(
  { detectTaskId, origin = 'https://cdn.crun.example' }: AnsweredTask,
  count: number,
  linkBytes = 0,
): Face[] {
  return Array.from({ length: count }, (_, id) => {
    const link = `${origin}${facePath(detectTaskId, id)}`;
    return { id, link: link.length < linkBytes ? `${link}?`.padEnd(linkBytes, 'x') : link };
  });
}

/** Eleven letters and digits as in the provider's example, the same for every answer about one task. */
const detectIdOf = (detectTaskId: string): string =>
  createHash('sha256').update(detectTaskId).digest('hex').slice(0, 11);

/** `2026-05-27 12:14:03`: the provider's form. */
const zoneless = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
