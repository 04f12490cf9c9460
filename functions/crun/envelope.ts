/**
 * The shapes of detect-face-result, parsed into fresh objects: unknown fields are dropped, ids stay strings.
 * Source: docs.crun.ai, ai-tools/face-swap (detect-face-result).
 */
import * as z from 'zod/mini';

import type { DetectionResult, Face } from '../detection/types.ts';

/** A link longer than this is not an address, and would not fit one item of 400 KB beside others. */
const maxLinkLength = 65_536;
const maxProviderMessageLength = 300;
const maxProviderCodeLength = 64;
const maxStatusNameLength = 32;

const Envelope = z.object({
  // Codes arrive as numbers or digit strings.
  code: z.union([z.int(), z.pipe(z.string().check(z.regex(/^\d{1,9}$/)), z.transform(Number))]),
  message: z.optional(z.unknown()),
  data: z.optional(z.unknown()),
});

export type Envelope = { code: number; message?: string | undefined; data?: unknown };
export type Parsed =
  | { kind: 'envelope'; envelope: Envelope }
  | { kind: 'other-json' }
  | { kind: 'not-json' }
  | { kind: 'too-many-parts' };

/**
 * An answer may hold this many objects and arrays: more than any 8 MiB of faces with real links. Each costs some
 * hundred bytes of memory, so that three million empty ones would kill a Lambda that the same bytes of faces do not.
 */
const maxParts = 150_000;

export function parseEnvelope(body: string): Parsed {
  if (hasTooManyParts(body)) return { kind: 'too-many-parts' };
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

function hasTooManyParts(body: string): boolean {
  let parts = 0;
  // Stryker disable next-line EqualityOperator: there is no letter behind the end
  for (let index = 0; index < body.length; index++) {
    const letter = body.charCodeAt(index);
    if ((letter === openBrace || letter === openBracket) && ++parts > maxParts) return true;
  }
  return false;
}
const openBrace = '{'.charCodeAt(0);
const openBracket = '['.charCodeAt(0);

const Task = z.object({
  detect_task_id: z.string(),
  status: z.string(),
  error: z.optional(z.unknown()),
  result: z.optional(z.unknown()),
});

/** Half a surrogate pair is no text: it could not be stored and read back unchanged. */
const Text = z.string().check(z.refine((text) => text.isWellFormed()));
/** Past 2^53 a number is not what was sent, and DynamoDB refuses the tiniest: neither may cost the faces. */
const isKept = (value: number): boolean =>
  value === 0 || (Math.abs(value) >= 1 && Math.abs(value) <= Number.MAX_SAFE_INTEGER);
const Epoch = z.number().check(z.refine(isKept));
const Instant = z.catch(z.optional(z.union([Text.check(z.maxLength(64)), Epoch])), undefined);

const Result = z.object({
  // It goes out in events and outputs, where no link to a face may be.
  id: Text.check(
    z.minLength(1),
    z.maxLength(256),
    z.refine((id) => !id.includes('://')),
  ),
  // Walked by hand below: a schema would write a fault down for every one of a hundred thousand wrong entries.
  faces: z.custom<unknown[]>((value) => Array.isArray(value)),
  started_at: Instant,
  finished_at: Instant,
});

const RawFace = z.object({
  id: z.int().check(z.gte(0)),
  link: Text.check(z.minLength(1), z.maxLength(maxLinkLength)),
});

/** Every face in order, or nothing where one of them is none. */
function parseFaces(raw: readonly unknown[]): Face[] | undefined {
  const faces: Face[] = [];
  for (const entry of raw) {
    const face = RawFace.safeParse(entry);
    if (!face.success) return undefined;
    faces.push(face.data);
  }
  return faces;
}

const FailedResult = z.object({ error: z.optional(z.unknown()) });

/** What `data` says of the task under code 200; `undefined` where it is in no shape that the contract allows. */
export type TaskReport = { detectTaskId: string } & (
  | { status: 'starting' | 'processing' }
  | { status: 'unknown'; name: string }
  | { status: 'failed'; code?: string | undefined; message?: string | undefined }
  | ({ status: 'succeeded' } & DetectionResult)
);

export function parseTask(data: unknown): TaskReport | undefined {
  const task = Task.safeParse(data);
  if (!task.success) return undefined;
  const { detect_task_id: detectTaskId, status, error, result } = task.data;
  const name = withoutKeys(status).trim().toLowerCase();
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
      const { id, started_at: startedAt, finished_at: finishedAt } = parsed.data;
      const faces = parseFaces(parsed.data.faces);
      if (faces === undefined) return undefined;
      return { detectTaskId, status: 'succeeded', detectId: id, faces, startedAt, finishedAt };
    }
    default:
      return { detectTaskId, status: 'unknown', name: loggable(name) };
  }
}

/** A status that nobody knows is logged by its name; a link in its place is not. */
const loggable = (name: string): string =>
  name
    // The time of the search for a link grows with the square of the length: an answer of 8 MiB would take hours.
    .slice(0, 2 * maxStatusNameLength)
    .replace(/\w*:\/\/.*/s, '?')
    .replaceAll(/[^a-z0-9_-]/g, '?')
    .slice(0, maxStatusNameLength);

const ErrorObject = z.object({ code: z.optional(z.unknown()), message: z.optional(z.unknown()) });

/** `error` may be a string or an object. */
function providerError(error: unknown): { code?: string | undefined; message?: string | undefined } {
  const object = ErrorObject.safeParse(error);
  if (!object.success) return { message: providerText(error) };
  const { code, message } = object.data;
  return {
    code: typeof code === 'number' ? String(code) : providerText(code, maxProviderCodeLength),
    message: providerText(message),
  };
}

/** The provider's words, bounded in whole characters, and without anything that looks like a key of its own. */
function providerText(value: unknown, maxLength = maxProviderMessageLength): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const text = withoutKeys(value.toWellFormed());
  // Stryker disable next-line MethodExpression: what is cut off first only costs time
  return Array.from(text.slice(0, 2 * maxLength))
    .slice(0, maxLength)
    .join('');
}

const withoutKeys = (text: string): string => text.replaceAll(/ak_[A-Za-z0-9]{8,}/g, 'ak_…');
