/**
 * Every outcome of one call that the contract tells apart: transport outcome × HTTP status × body code × task status ×
 * Retry-After, the whole product.
 */
import type { Exchange } from '../../functions/crun/client.ts';
import { done, envelope, htmlPage, nowMs, stranger, task } from './answers.ts';

const httpStatuses = [
  200, 204, 302, 307, 400, 401, 402, 403, 404, 405, 408, 409, 422, 429, 433, 451, 455, 500, 501, 502, 503,
  505,
] as const;

/** The documented ones, two of them as digit strings, those of gateways, and one of no class. */
const codes = [
  200,
  401,
  402,
  403,
  404,
  408,
  422,
  429,
  433,
  455,
  500,
  501,
  504,
  505,
  999,
  '200',
  '501',
] as const;

/** `data` under any code; it counts only under 200. */
const taskSays = {
  starting: task('starting'),
  processing: task('Processing'),
  unknown: task('queued'),
  'two faces': done(),
  'no faces': done({ faces: [] }),
  failed: task('failed', { error: 'no luck' }),
  'wrong shape': task('succeeded'),
  'another task': { ...done(), detect_task_id: stranger },
  nothing: undefined,
} as const;

const noEnvelopes = { 'not JSON': htmlPage, empty: '', 'other JSON': '{"detail":"Not Found"}' } as const;

const bodyFaults = ['cut', 'timeout', 'encoded', 'too-large', 'not-utf8'] as const;
const transportFaults = [
  'connection-refused',
  'reset',
  'dns',
  'timeout',
  'tls',
  'not-http',
  'network',
] as const;

/** The header, and the milliseconds that it means. */
const retryAfters = [
  { header: undefined, hintMs: undefined },
  { header: '0', hintMs: 0 },
  { header: '7', hintMs: 7_000 },
  { header: new Date(nowMs + 90_000).toUTCString(), hintMs: 90_000 },
  { header: '3600', hintMs: 900_000 },
  { header: '1e9', hintMs: undefined },
] as const;

export type Body =
  | { kind: 'envelope'; code: number; data: keyof typeof taskSays }
  | { kind: keyof typeof noEnvelopes | (typeof bodyFaults)[number] };

/** What was sent, in the words of the contract, and what the client returns. */
export type Outcome = { name: string; exchange: Exchange } & (
  | { httpStatus: number; body: Body; hintMs: number | undefined }
  | { fault: (typeof transportFaults)[number] }
);

function* bodies(): Generator<{ name: string; body: Body; text: string | undefined }> {
  for (const code of codes) {
    for (const [data, value] of Object.entries(taskSays)) {
      const body = { kind: 'envelope', code: Number(code), data: data as keyof typeof taskSays } as const;
      yield { name: `code ${JSON.stringify(code)}, ${data}`, body, text: envelope(code, { data: value }) };
    }
  }
  for (const [kind, text] of Object.entries(noEnvelopes)) {
    yield { name: kind, body: { kind: kind as keyof typeof noEnvelopes }, text };
  }
  for (const kind of bodyFaults) yield { name: `body ${kind}`, body: { kind }, text: undefined };
}

/** `statuses`: of HTTP. */
export function* outcomes(statuses: readonly number[] = httpStatuses): Generator<Outcome> {
  for (const fault of transportFaults) yield { name: fault, exchange: { kind: 'no-answer', fault }, fault };
  for (const httpStatus of statuses) {
    for (const { name, body, text } of bodies()) {
      for (const { header: retryAfter, hintMs } of retryAfters) {
        const said = retryAfter === undefined ? '' : `, Retry-After ${retryAfter}`;
        const exchange: Exchange =
          text === undefined
            ? { kind: 'unreadable', httpStatus, retryAfter, fault: body.kind as (typeof bodyFaults)[number] }
            : { kind: 'answered', httpStatus, retryAfter, body: text };
        yield { name: `HTTP ${httpStatus}, ${name}${said}`, exchange, httpStatus, body, hintMs };
      }
    }
  }
}
