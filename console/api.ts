/** The API, as the page asks it: a path is relative to the page, the session is a cookie. */
import type { ActionResult } from '../functions/api/actions.ts';
import type { DetectionBody, ListBody, ProblemBody } from '../functions/api/answers.ts';
import { facts } from './facts.ts';

export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;

  constructor({ status, detail }: Pick<ProblemBody, 'status' | 'detail'>) {
    super(detail);
    this.status = status;
  }
}

async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new RequestError({ status: 0, detail: 'The console does not answer: is it still running?' });
  }
  if (response.ok) return response;
  const type = response.headers.get('content-type') ?? '';
  if (type !== 'application/problem+json')
    throw new RequestError({ status: response.status, detail: `The answer was ${response.status}.` });
  throw new RequestError((await response.json()) as ProblemBody);
}

export const getJson = async <T>(path: string): Promise<T> => (await (await ask(path)).json()) as T;

export const postJson = async <T>(path: string, body?: object): Promise<T> =>
  (await (
    await ask(path, {
      method: 'POST',
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
  ).json()) as T;

export const pathOf = (id: string): string => `detections/${encodeURIComponent(id)}`;

export interface ListQuery {
  status?: string | undefined;
  error?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

export function listDetections(query: ListQuery): Promise<ListBody> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return getJson(`detections?${search}`);
}

export const forget = async (id: string): Promise<void> => void (await ask(pathOf(id), { method: 'DELETE' }));

/** All faces, a thousand at a time; `onPart` takes the record as it grows. */
export async function getDetection(id: string, onPart: (detection: DetectionBody) => boolean): Promise<void> {
  let whole: DetectionBody | undefined;
  let cursor: string | undefined;
  do {
    const query: string = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const part: DetectionBody = await getJson(pathOf(id) + query);
    cursor = part.cursor;
    whole = whole === undefined ? part : { ...whole, faces: [...(whole.faces ?? []), ...(part.faces ?? [])] };
    if (!onPart(whole)) return;
  } while (cursor !== undefined);
}

export interface BulkCounts {
  done: number;
  rejected: number;
}

/** A retry for every abandoned task with this code. */
export async function retryAll(error: string, onCounts: (counts: BulkCounts) => void): Promise<void> {
  const counts = { done: 0, rejected: 0 };
  let cursor: string | undefined;
  do {
    const response = await ask('detections/actions/retry', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ status: 'abandoned', error, ...(cursor !== undefined && { cursor }) }),
    });
    cursor = response.headers.get('next-cursor') ?? undefined;
    for (const line of (await response.text()).split('\n')) {
      if (line === '') continue;
      if ((JSON.parse(line) as ActionResult).status < 300) counts.done += 1;
      else counts.rejected += 1;
    }
    onCounts({ ...counts });
  } while (cursor !== undefined);
}

/** By way of the console's server, which uploads the file to the provider. */
export async function upload(file: File): Promise<DetectionBody> {
  const maxMegabytes = facts.maxFileBytes / 1_024 / 1_024;
  if (file.size > facts.maxFileBytes)
    throw new RequestError({ status: 413, detail: `must have at most ${maxMegabytes} MB` });
  const search = new URLSearchParams({ name: file.name });
  const response = await ask(`upload?${search}`, { method: 'POST', body: file });
  return (await response.json()) as DetectionBody;
}
