/**
 * The shapes of detect-face-result, parsed into fresh objects: unknown fields are dropped, ids stay strings.
 * Source: docs.crun.ai, ai-tools/face-swap (detect-face-result).
 */
import * as z from 'zod/mini';

import type { Face } from '../detection.ts';

/** A link longer than this is not an address, and would not fit one item of 400 KB beside others. */
const maxLinkLength = 65_536;
const maxProviderMessageLength = 300;

const Envelope = z.object({
  // Codes arrive as numbers or digit strings.
  code: z.union([z.int(), z.pipe(z.string().check(z.regex(/^\d{1,9}$/)), z.transform(Number))]),
  message: z.optional(z.unknown()),
  data: z.optional(z.unknown()),
});

export type Envelope = { code: number; message?: string | undefined; data?: unknown };
export type Parsed = { kind: 'envelope'; envelope: Envelope } | { kind: 'other-json' } | { kind: 'not-json' };

export function parseEnvelope(body: string): Parsed {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { kind: 'not-json' };
  }
  const parsed = Envelope.safeParse(json);
  if (!parsed.success) return { kind: 'other-json' };
  const { code, message, data } = parsed.data;
  return { kind: 'envelope', envelope: { code, message: providerText(message), data } };
}

const Task = z.object({
  detect_task_id: z.string(),
  status: z.string(),
  error: z.optional(z.unknown()),
  result: z.optional(z.unknown()),
});

const Instant = z.catch(z.optional(z.union([z.string().check(z.maxLength(64)), z.number()])), undefined);

const Result = z.object({
  id: z.string().check(z.minLength(1), z.maxLength(256)),
  faces: z.array(
    z.object({
      id: z.int().check(z.gte(0)),
      link: z.string().check(z.minLength(1), z.maxLength(maxLinkLength)),
    }),
  ),
  started_at: Instant,
  finished_at: Instant,
});

const FailedResult = z.object({ error: z.optional(z.unknown()) });

/** What `data` says of the task under code 200; `undefined` where it is in no shape that the contract allows. */
export type TaskReport = { detectTaskId: string } & (
  | { status: 'starting' | 'processing' }
  | { status: 'unknown'; name: string }
  | { status: 'failed'; code?: string | undefined; message?: string | undefined }
  | {
      status: 'succeeded';
      detectId: string;
      faces: Face[];
      startedAt?: string | number | undefined;
      finishedAt?: string | number | undefined;
    }
);

export function parseTask(data: unknown): TaskReport | undefined {
  const task = Task.safeParse(data);
  if (!task.success) return undefined;
  const { detect_task_id: detectTaskId, status, error, result } = task.data;
  const name = status.trim().toLowerCase();
  switch (name) {
    case 'starting':
    case 'processing':
      return { detectTaskId, status: name };
    case 'failed':
      return {
        detectTaskId,
        status: 'failed',
        ...providerError(error ?? FailedResult.safeParse(result).data?.error),
      };
    // The provider's own pages spell it in three ways.
    case 'succeeded':
    case 'succeed':
    case 'success': {
      const parsed = Result.safeParse(result);
      if (!parsed.success) return undefined;
      const { id, faces, started_at: startedAt, finished_at: finishedAt } = parsed.data;
      return { detectTaskId, status: 'succeeded', detectId: id, faces, startedAt, finishedAt };
    }
    default:
      return { detectTaskId, status: 'unknown', name: name.replaceAll(/[^a-z0-9_-]/g, '?').slice(0, 32) };
  }
}

const ErrorObject = z.object({ code: z.optional(z.unknown()), message: z.optional(z.unknown()) });

/** `error` may be a string or an object. */
function providerError(error: unknown): { code?: string | undefined; message?: string | undefined } {
  const object = ErrorObject.safeParse(error);
  if (!object.success) return { message: providerText(error) };
  const { code, message } = object.data;
  return {
    code: typeof code === 'number' ? String(code) : providerText(code)?.slice(0, 64),
    message: providerText(message),
  };
}

/** The provider's words, bounded, and without anything that looks like a key of its own. */
function providerText(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const text = value.toWellFormed().replaceAll(/ak_[A-Za-z0-9]{8,}/g, 'ak_…');
  return Array.from(text.slice(0, 2 * maxProviderMessageLength))
    .slice(0, maxProviderMessageLength)
    .join('');
}
